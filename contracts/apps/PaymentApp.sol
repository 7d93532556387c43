// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IApp} from "../interfaces/IApp.sol";
import {Channel} from "../types/Channel.sol";
import {DestinationLib} from "../types/Destination.sol";
import {DomainLib} from "../types/Domain.sol";
import {LockTerms} from "../types/Locks.sol";
import {OutcomeLib} from "../types/Outcome.sol";
import {SignatureLib} from "../types/Signature.sol";
import {SignedState, State} from "../types/State.sol";
import {Endorsement, Tally, VoucherLib} from "../types/Voucher.sol";

/// @title PaymentApp
/// @notice Two participants pay each other, both at once, by vouchers that need one signature and no answer.
/// @dev Each direction of each asset has one `Tally`. A voucher of the payer raises it, and counts once the payee stands
/// behind it too: because it signed the state that holds it, or because a voucher of its own acknowledges it. So a payer
/// cannot replace what it gave by something newer and worse. `docs/payments.md` says why nobody can lose what it holds.
///
/// A state of the channel looks like this, whoever signed it. Each group of the outcome holds, in this order: the share of
/// participant 0, the share of participant 1, anything else that was agreed, and for either payer that has locks in flight
/// one allocation to its set in `LOCK_SET`, with the channel id as salt and the shares' destinations as payer and payee.
/// `appData` is `abi.encode(Tally[2])` for each group, tally `i` being that of payer `i`. It may be empty for zeros where all
/// signed.
///
/// The upper bits of a version are the epoch. A state that both sign opens the next one, with zeros in the lower bits; each
/// voucher adds one. So every state of a newer epoch is newer, and within an epoch whatever accounts for more vouchers.
contract PaymentApp is IApp {
    /// @notice Bits of a version that count vouchers: 2^28 (268 million) of them between two agreements, of which there can
    /// be 2^20 (a million).
    uint256 public constant VOUCHER_BITS = 28;

    /// @notice Most assets of one channel.
    uint256 public constant MAX_ASSETS = 16;

    /// @dev Bytes of the tallies of one asset, and of their endorsements.
    uint256 private constant TALLIES_SIZE = 2 * 4 * 32;
    uint256 private constant ENDORSEMENTS_SIZE = 2 * 3 * 32;

    /// @notice The escrow that holds locks in flight when a channel is settled.
    address public immutable LOCK_SET;

    /// @notice Thrown when the channel has more than two participants.
    error ParticipantsNotTwo(uint256 participants);

    /// @notice Thrown when the proof is anything but an earlier state and the endorsements.
    error ProofLengthWrong(uint256 expected, uint256 actual);

    /// @notice Thrown when the earlier state was neither signed by both nor registered.
    error PreviousNotAgreed(uint256 signers);

    /// @notice Thrown when the outcome of the earlier state is none of this app.
    error PreviousMalformed(uint256 position);

    /// @notice Thrown when there are too many assets.
    error TooManyAssets(uint256 maximum);

    /// @notice Thrown when tallies or endorsements have the wrong length for the assets of the channel.
    error LengthWrong(uint256 expected, uint256 actual);

    /// @notice Thrown when a tally changed, but not by a newer voucher that takes nothing back.
    error TallyNotNewer(address asset, uint256 payer, Tally previous, Tally next);

    /// @notice Thrown when a voucher was signed by somebody else than its payer.
    error VoucherNotSigned(address asset, uint256 payer, address actual);

    /// @notice Thrown when the payee of a voucher neither signed the candidate nor acknowledged the voucher.
    error PayeeNotBehind(address asset, uint256 payer, bytes32 voucher, bytes32 ack);

    /// @notice Thrown when a participant has paid and locked more than it had.
    error BalanceExceeded(address asset, uint256 payer, uint256 available, uint256 required);

    /// @notice Thrown when there are more vouchers than an epoch can count.
    error EpochFull(uint48 previous, uint256 vouchers);

    /// @notice Thrown when the version is not that of the earlier state plus the vouchers since.
    error VersionWrong(uint256 expected, uint48 actual);

    /// @notice Thrown when the outcome is not what the vouchers say.
    error OutcomeWrong(bytes expected, bytes actual);

    /// @dev What the vouchers of a candidate are checked against.
    struct Context {
        bytes32 channelId;
        bytes32 domain;
        address[2] participants;
        uint256 signers;
    }

    /// @notice Sends locks in flight to one escrow.
    constructor(address lockSet) {
        LOCK_SET = lockSet;
    }

    /// @inheritdoc IApp
    /// @dev Two states make the proof. The first is one that both signed, or the registered one. The second is nobody's: its
    /// `appData` is `abi.encode(Endorsement[2])` for each group. There they are neither published nor part of what is
    /// registered, so that equal vouchers make equal states. An endorsement is looked at if its tally is newer than in the
    /// first state, or if its `ack` is needed.
    function requireSupported(
        bytes32 channelId,
        Channel calldata channel,
        SignedState[] calldata proof,
        SignedState calldata candidate,
        bool registered
    ) external view {
        address[] calldata participants = channel.participants;
        if (participants.length != 2) revert ParticipantsNotTwo(participants.length);
        if (proof.length != 2) revert ProofLengthWrong(2, proof.length);
        uint256 signers = proof[0].signers;
        if (!registered && signers != SignatureLib.everyone(participants)) revert PreviousNotAgreed(signers);
        Context memory context = Context({
            channelId: channelId,
            domain: _domainOfCaller(),
            participants: [participants[0], participants[1]],
            signers: candidate.signers
        });
        _requireAdvance(context, proof[0].state, candidate.state, proof[1].state.appData);
    }

    /// @dev Reverts unless `next` is `previous` with the vouchers that its tallies name.
    function _requireAdvance(
        Context memory context,
        State calldata previous,
        State calldata next,
        bytes calldata endorsements
    ) private view {
        uint256 vouchers = 0;
        bytes memory outcome = "";
        bytes calldata before = previous.outcome;
        _requireLengths(_countGroups(before), previous.appData, next.appData, endorsements);
        uint256 i = 0;
        for (uint256 position = 0; position < before.length; ++i) {
            (address asset, uint256 end) = OutcomeLib.header(before, position);
            Tally[2] memory was = _talliesAt(previous.appData, i);
            Tally[2] memory is_ = _talliesAt(next.appData, i);
            vouchers += _requireVouchers(context, asset, was, is_, _endorsementsAt(endorsements, i));
            outcome = bytes.concat(outcome, _pay(context.channelId, asset, before[position:end], was, is_));
            position = end;
        }
        _requireVersion(previous.version, vouchers, next.version);
        if (keccak256(outcome) != keccak256(next.outcome)) revert OutcomeWrong(outcome, next.outcome);
    }

    /* VOUCHERS */

    /// @dev Checks both directions of an asset. Returns how many vouchers they are newer.
    function _requireVouchers(
        Context memory context,
        address asset,
        Tally[2] memory previous,
        Tally[2] memory next,
        Endorsement[2] memory endorsements
    ) private pure returns (uint256 vouchers) {
        bytes32[2] memory hashes;
        bool[2] memory needed;
        for (uint256 payer = 0; payer < 2; ++payer) {
            hashes[payer] = VoucherLib.structHash(context.channelId, asset, next[payer], endorsements[payer].ack);
        }
        for (uint256 payer = 0; payer < 2; ++payer) {
            if (_isSame(previous[payer], next[payer])) continue;
            if (next[payer].nonce <= previous[payer].nonce || next[payer].transferred < previous[payer].transferred) {
                revert TallyNotNewer(asset, payer, previous[payer], next[payer]);
            }
            vouchers += next[payer].nonce - previous[payer].nonce;
            needed[payer] = true;
            uint256 payee = 1 - payer;
            if ((context.signers >> payee) & 1 != 0) continue;
            if (endorsements[payee].ack != hashes[payer]) {
                revert PayeeNotBehind(asset, payer, hashes[payer], endorsements[payee].ack);
            }
            needed[payee] = true;
        }
        for (uint256 payer = 0; payer < 2; ++payer) {
            if (!needed[payer]) continue;
            bytes32 digest = MessageHashUtils.toTypedDataHash(context.domain, hashes[payer]);
            address actual = ECDSA.recover(digest, endorsements[payer].signature.r, endorsements[payer].signature.vs);
            if (actual != context.participants[payer]) revert VoucherNotSigned(asset, payer, actual);
        }
    }

    function _isSame(Tally memory a, Tally memory b) private pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }

    /// @dev Vouchers are signed in the domain of the adjudicator, which is who asks. (The channel id alone would bind them
    /// to it, too; but a signature should say where it belongs.)
    function _domainOfCaller() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(DomainLib.TYPEHASH, DomainLib.NAME_HASH, DomainLib.VERSION_HASH, block.chainid, msg.sender)
            );
    }

    /// @dev An epoch has room for so many vouchers and no more: none reaches into the next.
    function _requireVersion(uint48 previous, uint256 vouchers, uint48 version) private pure {
        uint256 expected = uint256(previous) + vouchers;
        if (expected >> VOUCHER_BITS != previous >> VOUCHER_BITS) revert EpochFull(previous, vouchers);
        if (version != expected) revert VersionWrong(expected, version);
    }

    /* OUTCOME */

    /// @dev One group of the outcome after the vouchers. The sum stays what it was.
    function _pay(
        bytes32 channelId,
        address asset,
        bytes calldata group,
        Tally[2] memory previous,
        Tally[2] memory next
    ) private view returns (bytes memory) {
        bytes32[2] memory owners;
        uint256[2] memory shares;
        (owners[0], shares[0]) = OutcomeLib.allocation(group, OutcomeLib.HEADER_SIZE);
        (owners[1], shares[1]) = OutcomeLib.allocation(group, OutcomeLib.HEADER_SIZE + OutcomeLib.ALLOCATION_SIZE);
        bytes memory locks = "";
        for (uint256 payer = 0; payer < 2; ++payer) {
            uint256 received = next[1 - payer].transferred - previous[1 - payer].transferred;
            uint256 available = shares[payer] + previous[payer].locked + received;
            uint256 required = next[payer].transferred - previous[payer].transferred + uint256(next[payer].locked);
            if (required > available) revert BalanceExceeded(asset, payer, available, required);
            shares[payer] = available - required;
            if (next[payer].locked == 0) continue;
            bytes32 terms = LockTerms(owners[payer], owners[1 - payer], channelId, next[payer].locksRoot).hash();
            locks = abi.encodePacked(locks, DestinationLib.ofEscrow(LOCK_SET, terms), uint256(next[payer].locked));
        }
        bytes memory others = _othersOf(group, previous);
        uint256 count = 2 + (others.length + locks.length) / OutcomeLib.ALLOCATION_SIZE;
        return abi.encodePacked(asset, uint8(count), owners[0], shares[0], owners[1], shares[1], others, locks);
    }

    /// @dev The allocations of a group between the shares and the locks.
    function _othersOf(bytes calldata group, Tally[2] memory tallies) private pure returns (bytes memory) {
        uint256 end = group.length;
        for (uint256 i = 0; i < 2; ++i) if (tallies[i].locked > 0) end -= OutcomeLib.ALLOCATION_SIZE;
        uint256 start = OutcomeLib.HEADER_SIZE + 2 * OutcomeLib.ALLOCATION_SIZE;
        if (start > end) revert PreviousMalformed(end);
        return group[start:end];
    }

    /* ENCODING */

    /// @dev How many assets an outcome has. One that both signed was perhaps never checked.
    function _countGroups(bytes calldata outcome) private pure returns (uint256 groups) {
        for (uint256 position = 0; position < outcome.length; ++groups) {
            (, uint256 end) = OutcomeLib.header(outcome, position);
            if (end > outcome.length) revert PreviousMalformed(position);
            position = end;
        }
        if (groups > MAX_ASSETS) revert TooManyAssets(MAX_ASSETS);
    }

    function _requireLengths(
        uint256 groups,
        bytes calldata previous,
        bytes calldata next,
        bytes calldata endorsements
    ) private pure {
        if (previous.length > 0) _requireLength(groups * TALLIES_SIZE, previous.length);
        _requireLength(groups * TALLIES_SIZE, next.length);
        _requireLength(groups * ENDORSEMENTS_SIZE, endorsements.length);
    }

    function _requireLength(uint256 expected, uint256 actual) private pure {
        if (expected != actual) revert LengthWrong(expected, actual);
    }

    function _talliesAt(bytes calldata appData, uint256 index) private pure returns (Tally[2] memory tallies) {
        if (appData.length == 0) return tallies;
        return abi.decode(appData[index * TALLIES_SIZE:], (Tally[2]));
    }

    function _endorsementsAt(bytes calldata data, uint256 index) private pure returns (Endorsement[2] memory) {
        return abi.decode(data[index * ENDORSEMENTS_SIZE:], (Endorsement[2]));
    }
}
