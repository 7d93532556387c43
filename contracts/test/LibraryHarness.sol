// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {DisputeRules} from "../libraries/DisputeRules.sol";
import {Payout} from "../libraries/Payout.sol";
import {Channel, ChannelLib} from "../types/Channel.sol";
import {DestinationLib} from "../types/Destination.sol";
import {DomainLib} from "../types/Domain.sol";
import {OutcomeLib} from "../types/Outcome.sol";
import {Dispute, RecordLib} from "../types/Record.sol";
import {Signature, SignatureLib} from "../types/Signature.sol";
import {State, StateLib} from "../types/State.sol";

/// @title LibraryHarness
/// @notice The internal functions of the libraries, one by one, for tests.
contract LibraryHarness {
    /* TYPES */

    function channelStructHash(Channel calldata channel) external pure returns (bytes32) {
        return ChannelLib.structHash(channel, channel.participants);
    }

    function requireValidChallengePeriod(Channel calldata channel) external pure {
        ChannelLib.requireValidChallengePeriod(channel);
    }

    function stateStructHash(bytes32 channelId, State calldata state) external pure returns (bytes32) {
        return StateLib.structHash(channelId, state.version, state.outcome, state.appData);
    }

    function disputeHash(Dispute calldata dispute) external pure returns (bytes32) {
        return RecordLib.hash(dispute);
    }

    function disputeHashOfFields(Dispute calldata d) external pure returns (bytes32) {
        return RecordLib.hash(d.version, d.finalizesAt, d.stateHash, d.challenger, d.payer, d.bond);
    }

    function finalHash(bytes32 stateHash, uint256[] calldata owed) external pure returns (bytes32) {
        return RecordLib.hashFinal(stateHash, owed);
    }

    function domainSeparator() external view returns (bytes32) {
        return DomainLib.separator();
    }

    function destinationOfAccount(address account) external pure returns (bytes32) {
        return DestinationLib.ofAccount(account);
    }

    function destinationOfEscrow(address escrow, bytes32 terms) external pure returns (bytes32) {
        return DestinationLib.ofEscrow(escrow, terms);
    }

    function isAccount(bytes32 destination) external pure returns (bool) {
        return DestinationLib.isAccount(destination);
    }

    function toAccount(bytes32 destination) external pure returns (address) {
        return DestinationLib.toAccount(destination);
    }

    /* OUTCOMES */

    function header(bytes calldata outcome, uint256 position) external pure returns (address asset, uint256 end) {
        return OutcomeLib.header(outcome, position);
    }

    function allocation(bytes calldata outcome, uint256 position) external pure returns (bytes32, uint256) {
        return OutcomeLib.allocation(outcome, position);
    }

    function count(bytes calldata outcome) external pure returns (uint256) {
        return OutcomeLib.count(outcome);
    }

    function requireValidOutcome(bytes calldata outcome) external pure {
        OutcomeLib.requireValid(outcome);
    }

    function payment(uint256 owed, uint256 held) external pure returns (uint256) {
        return Payout.payment(owed, held);
    }

    function cost(
        bytes calldata outcome,
        uint256 position,
        uint256 end,
        uint256 held
    ) external pure returns (uint256 total, bool inFull) {
        return Payout.cost(outcome, position, end, held);
    }

    /* SIGNATURES */

    function everyone(address[] calldata participants) external pure returns (uint256) {
        return SignatureLib.everyone(participants);
    }

    function requireSigned(
        address[] calldata participants,
        uint256 signers,
        bytes32 digest,
        Signature[] calldata signatures,
        uint256 used
    ) external pure returns (uint256) {
        return SignatureLib.requireSigned(participants, signers, digest, signatures, used);
    }

    /* RULES */

    function requireChallengeable(uint48 registered, uint256 finalizesAt, uint48 version) external pure {
        DisputeRules.requireChallengeable(registered, finalizesAt, version);
    }

    function requireNewer(uint48 registered, uint48 version) external pure {
        DisputeRules.requireNewer(registered, version);
    }

    function requireSettleable(uint48 registered, uint256 finalizesAt, uint256 currentTime) external pure {
        DisputeRules.requireSettleable(registered, finalizesAt, currentTime);
    }

    function expiry(uint256 challengePeriod, uint256 currentTime) external pure returns (uint256) {
        return DisputeRules.expiry(challengePeriod, currentTime);
    }

    function isFraud(
        uint48 registered,
        uint48 version,
        uint256 signers,
        uint256 challengerIndex
    ) external pure returns (bool) {
        return DisputeRules.isFraud(registered, version, signers, challengerIndex);
    }
}
