// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {AssetHolder} from "./AssetHolder.sol";
import {IAdjudicator} from "./interfaces/IAdjudicator.sol";
import {IApp} from "./interfaces/IApp.sol";
import {DisputeRules} from "./libraries/DisputeRules.sol";
import {Payout} from "./libraries/Payout.sol";
import {Channel} from "./types/Channel.sol";
import {DomainLib} from "./types/Domain.sol";
import {DestinationLib} from "./types/Destination.sol";
import {OutcomeLib} from "./types/Outcome.sol";
import {Dispute, RecordLib} from "./types/Record.sol";
import {Signature, SignatureLib} from "./types/Signature.sol";
import {SignedState, State, StateLib} from "./types/State.sol";

/// @title Adjudicator
/// @notice Holds the money of state channels and pays it by the newest state their participants signed.
/// @dev No owner, no upgrade, no pause. Calls can be batched with `multicall`, which takes no native coin.
contract Adjudicator is IAdjudicator, AssetHolder, Multicall {
    using DestinationLib for bytes32;

    /// @dev keccak256("Challenge(bytes32 stateHash)")
    bytes32 private constant CHALLENGE_TYPEHASH = 0x4de6213348acfd4a2a32ed22577f41a598cea746be6afe9dcb772327b12098c8;

    /// @dev All participants, as a set of signers.
    uint256 private constant EVERYONE = type(uint256).max;

    /// @inheritdoc IAdjudicator
    mapping(bytes32 channelId => bytes32) public recordOf;

    /* AGREEMENT */

    /// @inheritdoc IAdjudicator
    function conclude(
        Channel calldata channel,
        State calldata state,
        Signature[] calldata signatures
    ) external nonReentrant {
        _conclude(channel, state, signatures, 0);
    }

    /// @inheritdoc IAdjudicator
    function paySurplus(
        Channel calldata channel,
        State calldata state,
        Signature[] calldata signatures,
        bytes32 settled
    ) external nonReentrant {
        _conclude(channel, state, signatures, RecordLib.hashFinal(settled, new uint256[](0)));
    }

    /// @notice Pays a final state signed by all.
    /// @param expected What must be stored for the channel: nothing, or that it is settled and owes nothing.
    function _conclude(
        Channel calldata channel,
        State calldata state,
        Signature[] calldata signatures,
        bytes32 expected
    ) private {
        uint48 version = state.version;
        if (version != StateLib.FINAL_VERSION) revert StateNotFinal(version);
        bytes calldata outcome = state.outcome;
        bytes calldata appData = state.appData;
        (bytes32 channelId, bytes32 stateHash) = _requireUnanimous(channel, version, outcome, appData, signatures);
        bytes32 stored = recordOf[channelId];
        if (stored != expected) revert RecordMismatch(channelId, stored, expected);
        (uint256 paid, bool anyPaid) = _debitWhileHeld(channelId, outcome);
        if (paid == outcome.length && anyPaid) return _payAll(outcome);
        if (expected != 0) revert SurplusTooSmall(channelId);
        emit Concluded(channelId, outcome, appData);
        _finalize(channelId, stateHash, outcome, paid);
    }

    /* DISPUTE */

    /// @inheritdoc IAdjudicator
    function challenge(
        Channel calldata channel,
        Dispute calldata dispute,
        State calldata state,
        Signature[] calldata signatures,
        Signature calldata challenger
    ) external payable {
        uint48 version = state.version;
        bytes calldata outcome = state.outcome;
        bytes calldata appData = state.appData;
        (bytes32 channelId, bytes32 stateHash) = _requireUnanimous(channel, version, outcome, appData, signatures);
        uint256 finalizesAt = _challenge(channel, dispute, channelId, version, stateHash, EVERYONE, challenger);
        emit Challenged(channelId, finalizesAt, version, outcome, appData);
    }

    /// @inheritdoc IAdjudicator
    function challengeWithProof(
        Channel calldata channel,
        Dispute calldata dispute,
        SignedState calldata candidate,
        SignedState[] calldata proof,
        Signature[] calldata signatures,
        Signature calldata challenger
    ) external payable {
        (bytes32 channelId, bytes32 stateHash) = _requireSupported(
            channel,
            candidate,
            proof,
            signatures,
            dispute.stateHash
        );
        State calldata state = candidate.state;
        uint48 version = state.version;
        uint256 finalizesAt = _challenge(
            channel,
            dispute,
            channelId,
            version,
            stateHash,
            candidate.signers,
            challenger
        );
        emit Challenged(channelId, finalizesAt, version, state.outcome, state.appData);
    }

    /// @inheritdoc IAdjudicator
    function checkpoint(
        Channel calldata channel,
        Dispute calldata dispute,
        State calldata state,
        Signature[] calldata signatures
    ) external {
        uint48 version = state.version;
        bytes calldata outcome = state.outcome;
        bytes calldata appData = state.appData;
        (bytes32 channelId, bytes32 stateHash) = _requireUnanimous(channel, version, outcome, appData, signatures);
        _checkpoint(channel, dispute, channelId, version, stateHash, EVERYONE);
        emit Checkpointed(channelId, version, outcome, appData);
    }

    /// @inheritdoc IAdjudicator
    function checkpointWithProof(
        Channel calldata channel,
        Dispute calldata dispute,
        SignedState calldata candidate,
        SignedState[] calldata proof,
        Signature[] calldata signatures
    ) external {
        (bytes32 channelId, bytes32 stateHash) = _requireSupported(
            channel,
            candidate,
            proof,
            signatures,
            dispute.stateHash
        );
        State calldata state = candidate.state;
        uint48 version = state.version;
        _checkpoint(channel, dispute, channelId, version, stateHash, candidate.signers);
        emit Checkpointed(channelId, version, state.outcome, state.appData);
    }

    /// @inheritdoc IAdjudicator
    function settle(bytes32 channelId, State calldata state, Dispute calldata dispute) external nonReentrant {
        bytes calldata outcome = state.outcome;
        bytes32 stateHash = StateLib.structHash(channelId, state.version, outcome, state.appData);
        bytes32 stored = recordOf[channelId];
        bytes32 offered = dispute.hash();
        if (offered != stored) revert RecordMismatch(channelId, stored, offered);
        if (dispute.stateHash != stateHash) revert StateMismatch(channelId, dispute.stateHash, stateHash);
        DisputeRules.requireSettleable(dispute.version, dispute.finalizesAt, block.timestamp);
        if (dispute.bond > 0) _returnBond(channelId, dispute);
        (uint256 paid, ) = _debitWhileHeld(channelId, outcome);
        _finalize(channelId, stateHash, outcome, paid);
    }

    /// @inheritdoc IAdjudicator
    function collect(bytes32 channelId, State calldata state, uint256[] calldata owed) external nonReentrant {
        bytes calldata outcome = state.outcome;
        bytes32 stateHash = StateLib.structHash(channelId, state.version, outcome, state.appData);
        bytes32 stored = recordOf[channelId];
        bytes32 offered = RecordLib.hashFinal(stateHash, owed);
        if (offered != stored) revert RecordMismatch(channelId, stored, offered);
        if (owed.length == 0) revert NothingOwed(channelId);
        _payAsFarAsHeld(channelId, stateHash, outcome, owed, new uint256[](owed.length));
    }

    /// @inheritdoc IAdjudicator
    function isFinal(bytes32 channelId, bytes32 stateHash, uint256[] calldata owed) external view returns (bool) {
        return recordOf[channelId] == RecordLib.hashFinal(stateHash, owed);
    }

    /// @dev Records a running challenge.
    function _challenge(
        Channel calldata channel,
        Dispute calldata dispute,
        bytes32 channelId,
        uint48 version,
        bytes32 stateHash,
        uint256 signers,
        Signature calldata challengerSignature
    ) private returns (uint256 finalizesAt) {
        channel.requireValidChallengePeriod();
        if (_loadDispute(channelId, dispute)) {
            DisputeRules.requireChallengeable(dispute.version, dispute.finalizesAt, version);
            _resolveBond(channel, dispute, channelId, version, signers);
        }
        uint256 bond = channel.bond;
        if (msg.value != bond) revert BondWrong(bond, msg.value);
        address challenger = address(0);
        address payer = address(0);
        if (bond > 0) {
            challenger = _challengerOf(channel.participants, stateHash, challengerSignature);
            payer = msg.sender;
            emit BondPosted(channelId, challenger, payer, bond);
        }
        finalizesAt = DisputeRules.expiry(channel.challengePeriod, block.timestamp);
        recordOf[channelId] = RecordLib.hash(version, finalizesAt, stateHash, challenger, payer, bond);
    }

    /// @dev Records a newer state without a clock.
    function _checkpoint(
        Channel calldata channel,
        Dispute calldata dispute,
        bytes32 channelId,
        uint48 version,
        bytes32 stateHash,
        uint256 signers
    ) private {
        channel.requireValidChallengePeriod();
        if (_loadDispute(channelId, dispute)) {
            DisputeRules.requireNewer(dispute.version, version);
            _resolveBond(channel, dispute, channelId, version, signers);
        }
        recordOf[channelId] = RecordLib.hash(version, 0, stateHash, address(0), address(0), 0);
    }

    /// @dev Whether a dispute is registered; if so, `dispute` is it.
    function _loadDispute(bytes32 channelId, Dispute calldata dispute) private view returns (bool exists) {
        bytes32 stored = recordOf[channelId];
        exists = stored != 0;
        if (exists) {
            bytes32 offered = dispute.hash();
            if (offered != stored) revert RecordMismatch(channelId, stored, offered);
        }
    }

    /* SIGNATURES */

    function _requireUnanimous(
        Channel calldata channel,
        uint48 version,
        bytes calldata outcome,
        bytes calldata appData,
        Signature[] calldata signatures
    ) private view returns (bytes32 channelId, bytes32 stateHash) {
        address[] calldata participants = channel.participants;
        bytes32 domain = DomainLib.separator();
        channelId = MessageHashUtils.toTypedDataHash(domain, channel.structHash(participants));
        OutcomeLib.requireValid(outcome);
        stateHash = StateLib.structHash(channelId, version, outcome, appData);
        uint256 used = SignatureLib.requireSigned(
            participants,
            SignatureLib.everyone(participants),
            MessageHashUtils.toTypedDataHash(domain, stateHash),
            signatures,
            0
        );
        if (used != signatures.length) revert SignatureLib.SignatureCountWrong(used, signatures.length);
    }

    /// @notice Asks the app, whoever signed: it is the caller who says that signatures are missing. The registered state
    /// itself needs neither app nor signatures: they were there before, and somebody who does not hold them must be able to
    /// start a clock on it.
    /// @param registeredHash The state on record, if there is a record; the caller checks that.
    function _requireSupported(
        Channel calldata channel,
        SignedState calldata candidate,
        SignedState[] calldata proof,
        Signature[] calldata signatures,
        bytes32 registeredHash
    ) private view returns (bytes32 channelId, bytes32 stateHash) {
        OutcomeLib.requireValid(candidate.state.outcome);
        address[] calldata participants = channel.participants;
        bytes32 domain = DomainLib.separator();
        channelId = MessageHashUtils.toTypedDataHash(domain, channel.structHash(participants));
        bytes32 oldestHash;
        uint256 used = 0;
        for (uint256 i = 0; i <= proof.length; ++i) {
            SignedState calldata signed = i == 0 ? candidate : proof[i - 1];
            State calldata state = signed.state;
            bytes32 hash = StateLib.structHash(channelId, state.version, state.outcome, state.appData);
            bytes32 digest = MessageHashUtils.toTypedDataHash(domain, hash);
            used = SignatureLib.requireSigned(participants, signed.signers, digest, signatures, used);
            if (i == 0) stateHash = hash;
            if (i <= 1) oldestHash = hash;
        }
        if (used != signatures.length) revert SignatureLib.SignatureCountWrong(used, signatures.length);
        bool registered = oldestHash == registeredHash && recordOf[channelId] != 0;
        if (registered && proof.length == 0) return (channelId, stateHash);
        if (channel.app.code.length == 0) revert AppMissing(channel.app);
        if (candidate.state.version == StateLib.FINAL_VERSION) revert FinalNotUnanimous();
        IApp(channel.app).requireSupported(channelId, channel, proof, candidate, registered);
    }

    /* BOND */

    function _challengerOf(
        address[] calldata participants,
        bytes32 stateHash,
        Signature calldata signature
    ) private view returns (address challenger) {
        bytes32 digest = MessageHashUtils.toTypedDataHash(
            DomainLib.separator(),
            keccak256(abi.encode(CHALLENGE_TYPEHASH, stateHash))
        );
        challenger = ECDSA.recover(digest, signature.r, signature.vs);
        if (_indexOf(participants, challenger) == participants.length) revert ChallengerNotParticipant(challenger);
    }

    function _indexOf(address[] calldata participants, address participant) private pure returns (uint256 index) {
        while (index < participants.length && participants[index] != participant) ++index;
    }

    /// @dev Ends a running challenge that a state signed by `signers` overrides. The money waits under accounts: nobody is
    /// called, and running ahead of whoever answers earns nothing.
    function _resolveBond(
        Channel calldata channel,
        Dispute calldata dispute,
        bytes32 channelId,
        uint48 version,
        uint256 signers
    ) private {
        if (dispute.bond == 0) return;
        address[] calldata participants = channel.participants;
        uint256 guilty = _indexOf(participants, dispute.challenger);
        if (!DisputeRules.isFraud(dispute.version, version, signers, guilty)) return _returnBond(channelId, dispute);
        uint256 left = dispute.bond;
        uint256 others = participants.length - 1;
        emit BondForfeited(channelId, dispute.challenger, left);
        for (uint256 i = 0; i < participants.length; ++i) {
            if (i == guilty) continue;
            uint256 share = left / others;
            left -= share;
            --others;
            _credit(DestinationLib.ofAccount(participants[i]), address(0), share);
        }
    }

    function _returnBond(bytes32 channelId, Dispute calldata dispute) private {
        emit BondReturned(channelId, dispute.payer, dispute.bond);
        _credit(DestinationLib.ofAccount(dispute.payer), address(0), dispute.bond);
    }

    /* PAYOUT */

    /// @dev Takes group after group of an outcome from the channel, as long as each is held in full, and credits what
    /// stays inside. Returns where the first group starts that is not, and whether anything was taken.
    function _debitWhileHeld(
        bytes32 channelId,
        bytes calldata outcome
    ) private returns (uint256 position, bool anyPaid) {
        unchecked {
            while (position < outcome.length) {
                (address asset, uint256 end) = OutcomeLib.header(outcome, position);
                Balance storage balance = _balances[channelId][asset];
                (uint256 total, bool inFull) = Payout.cost(outcome, position, end, balance.amount);
                if (!inFull) break;
                for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                    (bytes32 destination, uint256 amount) = OutcomeLib.allocation(outcome, position);
                    if (amount > 0 && !destination.isAccount()) _credit(destination, asset, amount);
                }
                if (total > 0) {
                    anyPaid = true;
                    balance.amount -= total; // read again: the channel may have paid itself
                    emit Debited(channelId, asset, total);
                }
            }
        }
    }

    /// @dev Pays every account of an outcome that was debited in full.
    function _payAll(bytes calldata outcome) private {
        unchecked {
            for (uint256 position = 0; position < outcome.length;) {
                (address asset, uint256 end) = OutcomeLib.header(outcome, position);
                for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                    (bytes32 destination, uint256 amount) = OutcomeLib.allocation(outcome, position);
                    if (amount > 0 && destination.isAccount()) _pay(destination, asset, amount);
                }
            }
        }
    }

    /// @dev Leaves a final record of an outcome that was debited up to `paid`, and pays what is there.
    function _finalize(bytes32 channelId, bytes32 stateHash, bytes calldata outcome, uint256 paid) private {
        if (paid == outcome.length) {
            _recordFinal(channelId, stateHash, new uint256[](0));
            _payAll(outcome);
        } else {
            (uint256[] memory owed, uint256[] memory payments) = _owedAfter(outcome, paid);
            _payAsFarAsHeld(channelId, stateHash, outcome, owed, payments);
        }
    }

    /// @dev What each allocation is owed, and is to be paid, when the groups before `paid` were debited.
    function _owedAfter(
        bytes calldata outcome,
        uint256 paid
    ) private pure returns (uint256[] memory owed, uint256[] memory payments) {
        owed = new uint256[](OutcomeLib.count(outcome));
        payments = new uint256[](owed.length);
        uint256 i = 0;
        for (uint256 position = 0; position < outcome.length;) {
            uint256[] memory amounts = position < paid ? payments : owed;
            (, uint256 end) = OutcomeLib.header(outcome, position);
            for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                (, amounts[i++]) = OutcomeLib.allocation(outcome, position);
            }
        }
    }

    /// @notice Pays in order until the money is used up, and records what stays owed.
    /// @param owed One amount per allocation; changed in place.
    /// @param payments Likewise, what was debited already and is to be paid now; changed in place.
    function _payAsFarAsHeld(
        bytes32 channelId,
        bytes32 stateHash,
        bytes calldata outcome,
        uint256[] memory owed,
        uint256[] memory payments
    ) private {
        uint256 i = 0;
        for (uint256 position = 0; position < outcome.length;) {
            (address asset, uint256 end) = OutcomeLib.header(outcome, position);
            uint256 available = _balances[channelId][asset].amount;
            uint256 left = available;
            for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                (bytes32 destination, ) = OutcomeLib.allocation(outcome, position);
                uint256 payment = Payout.payment(owed[i], left);
                left -= payment;
                owed[i] -= payment;
                if (destination.isAccount()) payments[i] += payment;
                else if (payment > 0) _credit(destination, asset, payment);
                ++i;
            }
            if (left < available) {
                unchecked {
                    _balances[channelId][asset].amount -= available - left; // read again: it may have paid itself
                }
                emit Debited(channelId, asset, available - left);
            }
        }
        _recordFinal(channelId, stateHash, _isZero(owed) ? new uint256[](0) : owed);
        i = 0;
        for (uint256 position = 0; position < outcome.length;) {
            (address asset, uint256 end) = OutcomeLib.header(outcome, position);
            for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                (bytes32 destination, ) = OutcomeLib.allocation(outcome, position);
                if (payments[i] > 0 && destination.isAccount()) _pay(destination, asset, payments[i]);
                ++i;
            }
        }
    }

    function _recordFinal(bytes32 channelId, bytes32 stateHash, uint256[] memory owed) private {
        recordOf[channelId] = RecordLib.hashFinal(stateHash, owed);
        if (owed.length == 0) emit Settled(channelId);
        else emit Owing(channelId, owed);
    }

    function _isZero(uint256[] memory amounts) private pure returns (bool) {
        for (uint256 i = 0; i < amounts.length; ++i) if (amounts[i] != 0) return false;
        return true;
    }
}
