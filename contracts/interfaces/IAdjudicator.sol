// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Channel} from "../types/Channel.sol";
import {Dispute} from "../types/Record.sol";
import {Signature} from "../types/Signature.sol";
import {SignedState, State} from "../types/State.sol";
import {IAssetHolder} from "./IAssetHolder.sol";

/// @title IAdjudicator
/// @notice Pays a channel's money by the newest state its participants hold: at once when they agree, after a time to
/// answer when they do not.
/// @dev For each channel one word is stored (see `RecordLib`), and whoever calls brings what it is the hash of: the
/// `Dispute` from the last `Challenged` or `Checkpointed` event. While nothing is stored, the `dispute` argument is
/// ignored; pass zeros. No function cares who calls it.
///
/// INV-3: registered versions never fall. INV-4: a final outcome never changes and is never deleted. INV-5: a channel
/// never pays out more than it held. INV-6: whether one recipient can be paid changes nothing for the others.
interface IAdjudicator is IAssetHolder {
    /// @notice A clock started: unless a newer state is shown, `outcome` can be settled from `finalizesAt` on.
    event Challenged(bytes32 indexed channelId, uint256 finalizesAt, uint48 version, bytes outcome, bytes appData);

    /// @notice `payer` put `amount` at stake on the challenge that is announced next.
    event BondPosted(bytes32 indexed channelId, address challenger, address payer, uint256 amount);

    /// @notice A newer state was registered and the clock, if one ran, stopped.
    event Checkpointed(bytes32 indexed channelId, uint48 version, bytes outcome, bytes appData);

    /// @notice A final state was agreed that leaves a record. (One that is paid in full leaves none; its payment shows as
    /// `Debited` on the channel.)
    event Concluded(bytes32 indexed channelId, bytes outcome, bytes appData);

    /// @notice The registered state became final and everything it owes is paid.
    event Settled(bytes32 indexed channelId);

    /// @notice The registered state is final; `owed` is what each allocation has yet to receive.
    event Owing(bytes32 indexed channelId, uint256[] owed);

    /// @notice An honest challenge ended; `payer` finds the bond under its account.
    event BondReturned(bytes32 indexed channelId, address payer, uint256 amount);

    /// @notice A challenger was proved to have signed something newer; the others find its bond under their accounts.
    event BondForfeited(bytes32 indexed channelId, address challenger, uint256 amount);

    /// @notice Thrown when what the caller brought is not what is stored for the channel.
    error RecordMismatch(bytes32 channelId, bytes32 stored, bytes32 offered);

    /// @notice Thrown when the state the caller brought is not the registered one.
    error StateMismatch(bytes32 channelId, bytes32 registered, bytes32 offered);

    /// @notice Thrown when collecting from a final state that has paid everything.
    error NothingOwed(bytes32 channelId);

    /// @notice Thrown when a settled channel holds less than the participants want to share out.
    error SurplusTooSmall(bytes32 channelId);

    /// @notice Thrown when concluding with a state that is not final.
    error StateNotFinal(uint48 version);

    /// @notice Thrown when an app is asked about a final state: those need everybody's signature.
    error FinalNotUnanimous();

    /// @notice Thrown when signatures are missing and the channel has no app, or one without code.
    error AppMissing(address app);

    /// @notice Thrown when a challenge comes with another amount than the channel's bond.
    error BondWrong(uint256 required, uint256 sent);

    /// @notice Thrown when a bonded challenge is not signed by a participant.
    error ChallengerNotParticipant(address signer);

    /// @notice The one word stored for a channel, or zero (see `RecordLib`).
    function recordOf(bytes32 channelId) external view returns (bytes32);

    /// @notice Whether a channel has this final state, with these amounts yet to be paid.
    /// @dev For escrows that pay by the outcome of a channel.
    function isFinal(bytes32 channelId, bytes32 stateHash, uint256[] calldata owed) external view returns (bool);

    /// @notice Closes a channel that has no dispute with a final state signed by all, and pays at once.
    /// @dev When everything is paid nothing is stored. When money is missing, a final record is left that `collect`
    /// pays on. Reverts with `RecordMismatch` over a record. Over a dispute, batch `checkpoint` and `settle` with the final
    /// state instead: a final state is settled without a clock. Nothing goes over a final record.
    function conclude(Channel calldata channel, State calldata state, Signature[] calldata signatures) external;

    /// @notice Shares out what a settled channel holds beyond its outcome, such as a deposit that came too late, as a final
    /// state signed by all says.
    /// @dev The final record stays as it is. Reverts with `SurplusTooSmall` unless the whole outcome is there.
    /// @param settled Struct hash of the settled state; everything it owed must be paid.
    function paySurplus(
        Channel calldata channel,
        State calldata state,
        Signature[] calldata signatures,
        bytes32 settled
    ) external;

    /// @notice Registers a state signed by all and starts the clock.
    /// @dev Strictly newer than what is registered, or equal to it when its clock was stopped. With a bond, exactly that
    /// much native coin is sent along, and a participant has signed `Challenge(bytes32 stateHash)`.
    /// @param challenger Signature of that participant; ignored without a bond.
    function challenge(
        Channel calldata channel,
        Dispute calldata dispute,
        State calldata state,
        Signature[] calldata signatures,
        Signature calldata challenger
    ) external payable;

    /// @notice Registers a state that the channel's app supports and starts the clock.
    /// @dev As `challenge`. `signatures` holds those of the candidate, then those of each state of the proof, each in the
    /// order of the participants. The registered state, whose clock was stopped, is challenged with alone: without proof,
    /// signatures or app, because whoever registered it may have been the only one to hold them.
    function challengeWithProof(
        Channel calldata channel,
        Dispute calldata dispute,
        SignedState calldata candidate,
        SignedState[] calldata proof,
        Signature[] calldata signatures,
        Signature calldata challenger
    ) external payable;

    /// @notice Registers a newer state signed by all and stops the clock: older ones can never be challenged with again.
    /// @dev Accepted until somebody settles, even after the clock has run out. A bond goes back to its payer, or, when
    /// the challenger itself signed the newer state, by two versions or more and not final, to the other participants.
    function checkpoint(
        Channel calldata channel,
        Dispute calldata dispute,
        State calldata state,
        Signature[] calldata signatures
    ) external;

    /// @notice Registers a newer state that the channel's app supports and stops the clock.
    /// @dev As `checkpoint`, with signatures as in `challengeWithProof`.
    function checkpointWithProof(
        Channel calldata channel,
        Dispute calldata dispute,
        SignedState calldata candidate,
        SignedState[] calldata proof,
        Signature[] calldata signatures
    ) external;

    /// @notice Makes the registered state final once its clock has run out, and pays it.
    /// @dev Open for ever; at once for a final state. Reverts with `ClockRunning` before `finalizesAt`, `ClockStopped` when it was answered.
    function settle(bytes32 channelId, State calldata state, Dispute calldata dispute) external;

    /// @notice Pays what a final state still owes from money that arrived later.
    /// @param owed From the last `Owing` event.
    function collect(bytes32 channelId, State calldata state, uint256[] calldata owed) external;
}
