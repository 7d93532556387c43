// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IApp} from "../interfaces/IApp.sol";
import {Channel} from "../types/Channel.sol";
import {SignatureLib} from "../types/Signature.sol";
import {SignedState, State} from "../types/State.sol";

/// @title TurnTakingApp
/// @notice Base of games in which participants move in turn, and a move needs no signature but the mover's.
/// @dev Version `v` is the move of participant `v % n`. A state counts when it is the last of a chain of valid moves,
/// each signed by its mover, and everybody stands behind where the chain starts, because
///
/// - all participants signed its first state, or
/// - the adjudicator has its first state on record, or
/// - it is at least one round long: whoever signs a move accepts what it was played on.
///
/// In a chain one round long nobody checks the first state against the rules, and nothing but the rules links a move to
/// the state before it. That is safe because every participant has signed one of the states: whatever comes before the
/// state of an honest one it has replaced by signing, and whatever comes after it keeps the rules. So
///
/// - `appData` and `outcome` of a move must determine the position completely: rules refer to nothing older;
/// - whoever signs a move must have checked that what it is played on counts, and signs one move for a turn;
/// - against somebody who has signed version `v`, the others can build up to version `v + n - 1` without it. A state
///   that all sign in the middle of a game binds from version `v + n` on.
///
/// Two different moves signed for one turn profit nobody: the first that is registered stands, and a later move of an
/// honest participant overrides either.
abstract contract TurnTakingApp is IApp {
    /// @notice Thrown when a chain starts where not everybody agreed and is shorter than a round.
    error ChainTooShort(uint256 length, uint256 required);

    /// @notice Thrown when versions along a chain do not rise by one.
    error TurnSkipped(uint48 previous, uint48 next);

    /// @notice Thrown when a move lacks the signature of the participant whose turn it is.
    error MoverNotSigned(uint48 version, uint256 mover);

    /// @inheritdoc IApp
    function requireSupported(
        bytes32,
        Channel calldata channel,
        SignedState[] calldata proof,
        SignedState calldata candidate,
        bool registered
    ) external view {
        uint256 participants = channel.participants.length;
        uint256 length = proof.length + 1;
        SignedState calldata first = proof.length == 0 ? candidate : proof[0];
        bool agreed = registered || first.signers == SignatureLib.everyone(channel.participants);
        if (!agreed) {
            if (length < participants) revert ChainTooShort(length, participants);
            _requireMover(first, participants);
        }
        for (uint256 i = 1; i < length; ++i) {
            SignedState calldata next = i == proof.length ? candidate : proof[i];
            State calldata previous = proof[i - 1].state;
            uint48 version = next.state.version;
            if (version != uint256(previous.version) + 1) revert TurnSkipped(previous.version, version);
            _requireMover(next, participants);
            _requireMove(channel, previous, next.state, moverOf(version, participants));
        }
    }

    /// @notice Whose turn a version is: its position among the participants.
    function moverOf(uint48 version, uint256 participants) public pure returns (uint256) {
        return version % participants;
    }

    /// @dev The rules of the game: reverts unless `mover` may turn `previous` into `next`, outcome included. Must accept
    /// exactly one encoding of a position: bytes that mean nothing would have to be paid for by whoever answers.
    function _requireMove(
        Channel calldata channel,
        State calldata previous,
        State calldata next,
        uint256 mover
    ) internal view virtual;

    function _requireMover(SignedState calldata signed, uint256 participants) private pure {
        uint256 mover = moverOf(signed.state.version, participants);
        if ((signed.signers >> mover) & 1 == 0) revert MoverNotSigned(signed.state.version, mover);
    }
}
