// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IAdjudicator} from "../interfaces/IAdjudicator.sol";
import {DisputeRules} from "../libraries/DisputeRules.sol";
import {Payout} from "../libraries/Payout.sol";
import {Channel, ChannelLib} from "../types/Channel.sol";
import {DestinationLib} from "../types/Destination.sol";
import {DomainLib} from "../types/Domain.sol";
import {Allocation, OutcomeLib} from "../types/Outcome.sol";
import {Dispute, RecordLib} from "../types/Record.sol";
import {Signature, SignatureLib} from "../types/Signature.sol";
import {State, StateLib} from "../types/State.sol";

/// @title ReferenceHarness
/// @notice Opens the internal libraries to tests, beside the same things written in plain Solidity.
/// @dev Functions that return `(actual, expected)` give the library's answer and the plain one. Before each of them
/// memory beyond the free pointer is filled with ones, so that assembly cannot count on zeros.
contract ReferenceHarness is EIP712("Sluice", "1") {
    /// @notice One group of an outcome.
    struct AssetOutcome {
        address asset;
        Allocation[] allocations;
    }

    modifier onDirtyMemory() {
        assembly ("memory-safe") {
            let start := mload(0x40)
            for {
                let i := 0
            } lt(i, 0x1000) {
                i := add(i, 0x20)
            } {
                mstore(add(start, i), not(0))
            }
        }
        _;
    }

    /* HASHING */

    function domainSeparator() external view onDirtyMemory returns (bytes32 actual, bytes32 expected) {
        return (DomainLib.separator(), _domainSeparatorV4());
    }

    function channelStructHash(
        Channel calldata channel
    ) external pure onDirtyMemory returns (bytes32 actual, bytes32 expected) {
        actual = channel.structHash(channel.participants);
        expected = keccak256(
            abi.encode(
                keccak256(
                    "Channel(address[] participants,bytes32 nonce,address app,uint256 challengePeriod,uint256 bond)"
                ),
                keccak256(abi.encodePacked(channel.participants)),
                channel.nonce,
                channel.app,
                channel.challengePeriod,
                channel.bond
            )
        );
    }

    function stateStructHash(
        bytes32 channelId,
        State calldata state
    ) external pure onDirtyMemory returns (bytes32 actual, bytes32 expected) {
        actual = StateLib.structHash(channelId, state.version, state.outcome, state.appData);
        expected = keccak256(
            abi.encode(
                keccak256("State(bytes32 channelId,uint48 version,bytes outcome,bytes appData)"),
                channelId,
                state.version,
                keccak256(state.outcome),
                keccak256(state.appData)
            )
        );
    }

    function disputeHash(
        Dispute calldata dispute
    ) external pure onDirtyMemory returns (bytes32 actual, bytes32 fromWords, bytes32 expected) {
        actual = dispute.hash();
        fromWords = RecordLib.hash(
            dispute.version,
            dispute.finalizesAt,
            dispute.stateHash,
            dispute.challenger,
            dispute.payer,
            dispute.bond
        );
        expected = keccak256(abi.encode(dispute));
    }

    function finalHash(
        bytes32 stateHash,
        uint256[] calldata owed
    ) external pure onDirtyMemory returns (bytes32 actual, bytes32 expected) {
        actual = RecordLib.hashFinal(stateHash, owed);
        bytes memory packed = "";
        for (uint256 i = 0; i < owed.length; ++i) packed = bytes.concat(packed, bytes32(owed[i]));
        expected = keccak256(
            abi.encode(keccak256("Final(bytes32 stateHash,uint256[] owed)"), stateHash, keccak256(packed))
        );
    }

    function escrowDestination(address escrow, bytes32 terms) external pure returns (bytes32) {
        return DestinationLib.ofEscrow(escrow, terms);
    }

    function accountDestination(address account) external pure returns (bytes32) {
        return DestinationLib.ofAccount(account);
    }

    function destinationAccount(bytes32 destination) external pure returns (bool isAccount, address account) {
        return (DestinationLib.isAccount(destination), DestinationLib.toAccount(destination));
    }

    /* OUTCOMES */

    function requireValidOutcome(bytes calldata outcome) external pure onDirtyMemory {
        OutcomeLib.requireValid(outcome);
    }

    /// @notice The same limits, written with slices: false for what `requireValidOutcome` must refuse.
    function isValidOutcome(bytes calldata outcome) external pure returns (bool) {
        uint256 position = 0;
        uint256 allocations = 0;
        address previous = address(0);
        while (position < outcome.length) {
            if (outcome.length - position < 21) return false;
            address asset = address(bytes20(outcome[position:position + 20]));
            uint256 count = uint8(outcome[position + 20]);
            if (count == 0 || (position > 0 && asset <= previous)) return false;
            previous = asset;
            position += 21;
            if (outcome.length - position < count * 64) return false;
            for (uint256 i = 0; i < count; ++i) {
                if (bytes32(outcome[position:position + 32]) == 0) return false;
                position += 64;
            }
            allocations += count;
        }
        return allocations <= 64;
    }

    /// @notice Reads an outcome with the functions that the payout reads it with.
    function readOutcome(bytes calldata outcome) external pure returns (AssetOutcome[] memory groups) {
        uint256 total = 0;
        for (uint256 position = 0; position < outcome.length; ++total)
            (, position) = OutcomeLib.header(outcome, position);
        groups = new AssetOutcome[](total);
        uint256 start = 0;
        for (uint256 i = 0; i < total; ++i) {
            (address asset, uint256 end) = OutcomeLib.header(outcome, start);
            groups[i] = AssetOutcome(asset, new Allocation[]((end - start - 21) / 64));
            for (uint256 j = 0; j < groups[i].allocations.length; ++j) {
                (bytes32 destination, uint256 amount) = OutcomeLib.allocation(outcome, start + 21 + 64 * j);
                groups[i].allocations[j] = Allocation(destination, amount);
            }
            start = end;
        }
    }

    /// @notice How many allocations there are.
    function countAllocations(bytes calldata outcome) external pure returns (uint256) {
        return OutcomeLib.count(outcome);
    }

    /* SIGNATURES */

    function requireSigned(
        address[] calldata participants,
        uint256 signers,
        bytes32 digest,
        Signature[] calldata signatures,
        uint256 used
    ) external pure onDirtyMemory returns (uint256) {
        return SignatureLib.requireSigned(participants, signers, digest, signatures, used);
    }

    /// @notice The same in plain Solidity, with OpenZeppelin's recovery.
    function requireSignedPlainly(
        address[] calldata participants,
        uint256 signers,
        bytes32 digest,
        Signature[] calldata signatures,
        uint256 used
    ) external pure returns (uint256) {
        uint256 count = participants.length;
        require(count >= 2 && count <= 32, ChannelLib.ParticipantCountOutOfRange(count, 32));
        require(signers < 2 ** count, SignatureLib.SignersOutOfRange(signers, count));
        for (uint256 i = 0; i < count; ++i) {
            address previous = i == 0 ? address(0) : participants[i - 1];
            require(participants[i] > previous, ChannelLib.ParticipantsNotAscending(i));
            if ((signers & (2 ** i)) == 0) continue;
            require(used < signatures.length, SignatureLib.SignatureCountWrong(used + 1, signatures.length));
            _requireSigner(i, participants[i], digest, signatures[used++]);
        }
        return used;
    }

    function _requireSigner(
        uint256 index,
        address expected,
        bytes32 digest,
        Signature calldata signature
    ) private pure {
        (address actual, ECDSA.RecoverError problem, bytes32 s) = ECDSA.tryRecover(digest, signature.r, signature.vs);
        require(problem != ECDSA.RecoverError.InvalidSignatureS, SignatureLib.SignatureMalleable(index, s));
        require(actual == expected, SignatureLib.SignerWrong(index, expected, actual));
    }

    /* PAYOUT */

    function payment(uint256 owed, uint256 held) external pure returns (uint256) {
        return Payout.payment(owed, held);
    }

    /// @notice The cost of the first group of an outcome.
    function cost(bytes calldata outcome, uint256 held) external pure returns (uint256 total, bool inFull) {
        (, uint256 end) = OutcomeLib.header(outcome, 0);
        return Payout.cost(outcome, 0, end, held);
    }

    /* DISPUTE RULES */

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

    function isFraud(uint48 registered, uint48 version, uint256 signers, uint256 index) external pure returns (bool) {
        return DisputeRules.isFraud(registered, version, signers, index);
    }

    /* THE WHOLE CHAIN AT A GLANCE */

    /// @notice What every destination is held of the native coin and of `token`, one after the other.
    function heldBy(
        IAdjudicator adjudicator,
        address token,
        bytes32[] calldata destinations
    ) external view returns (uint256[] memory amounts) {
        amounts = new uint256[](2 * destinations.length);
        for (uint256 i = 0; i < destinations.length; ++i) {
            amounts[2 * i] = adjudicator.held(destinations[i], address(0));
            amounts[2 * i + 1] = adjudicator.held(destinations[i], token);
        }
    }

    /// @notice What every account owns outside, likewise.
    function ownedBy(IERC20 token, address[] calldata accounts) external view returns (uint256[] memory amounts) {
        amounts = new uint256[](2 * accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            amounts[2 * i] = accounts[i].balance;
            amounts[2 * i + 1] = token.balanceOf(accounts[i]);
        }
    }

    /// @notice The record of every channel.
    function recordsOf(
        IAdjudicator adjudicator,
        bytes32[] calldata channelIds
    ) external view returns (bytes32[] memory records) {
        records = new bytes32[](channelIds.length);
        for (uint256 i = 0; i < channelIds.length; ++i) records[i] = adjudicator.recordOf(channelIds[i]);
    }
}
