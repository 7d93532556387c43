// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ChannelLib} from "./Channel.sol";

/// @notice An ECDSA signature in the compact form of ERC-2098.
/// @param r The x coordinate.
/// @param vs `s`, with the parity of the y coordinate in the highest bit.
struct Signature {
    bytes32 r;
    bytes32 vs;
}

/// @title SignatureLib
/// @notice Checks which participants signed a digest.
library SignatureLib {
    /// @dev Half the order of the curve; for every signature with a larger `s` there is a twin with a smaller one.
    uint256 internal constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice Thrown when the set of signers names a participant that does not exist.
    error SignersOutOfRange(uint256 signers, uint256 participants);

    /// @notice Thrown when there are fewer or more signatures than signers.
    error SignatureCountWrong(uint256 expected, uint256 actual);

    /// @notice Thrown when a signature has a twin (high `s`).
    error SignatureMalleable(uint256 index, bytes32 s);

    /// @notice Thrown when a signature was not made by the participant it is given for.
    error SignerWrong(uint256 index, address expected, address actual);

    /// @notice Everybody, as a set of signers.
    function everyone(address[] calldata participants) internal pure returns (uint256) {
        unchecked {
            return (1 << participants.length) - 1;
        }
    }

    /// @notice Reverts unless each participant in `signers` signed `digest`, and the participants are well formed.
    /// @dev Reads words of checked calldata arrays by assembly, which saves about 100 gas a signature over indexing.
    /// Reading beyond the signatures cannot succeed: the caller compares what was consumed with what there is.
    /// A recovered zero address never matches, because a participant is never zero.
    /// @param signers Set of participants: bit `i` is `participants[i]`.
    /// @param used Signatures that were consumed already.
    /// @return Signatures consumed after this: one for each signer, in the order of the participants.
    function requireSigned(
        address[] calldata participants,
        uint256 signers,
        bytes32 digest,
        Signature[] calldata signatures,
        uint256 used
    ) internal pure returns (uint256) {
        unchecked {
            uint256 count = participants.length;
            if (count < 2 || count > ChannelLib.MAX_PARTICIPANTS) {
                revert ChannelLib.ParticipantCountOutOfRange(count, ChannelLib.MAX_PARTICIPANTS);
            }
            if (signers >> count != 0) revert SignersOutOfRange(signers, count);
            uint256 previous = 0;
            for (uint256 i = 0; i < count; ++i) {
                uint256 participant;
                assembly ("memory-safe") {
                    participant := calldataload(add(participants.offset, shl(5, i)))
                }
                if (participant <= previous) revert ChannelLib.ParticipantsNotAscending(i);
                previous = participant;
                if ((signers >> i) & 1 != 0) {
                    bytes32 r;
                    uint256 vs;
                    assembly ("memory-safe") {
                        let signature := add(signatures.offset, shl(6, used))
                        r := calldataload(signature)
                        vs := calldataload(add(signature, 0x20))
                    }
                    uint256 s = (vs << 1) >> 1;
                    if (s > HALF_ORDER) revert SignatureMalleable(i, bytes32(s));
                    address actual = ecrecover(digest, uint8(27 + (vs >> 255)), r, bytes32(s));
                    if (uint160(actual) != participant) {
                        if (used >= signatures.length) revert SignatureCountWrong(used + 1, signatures.length);
                        revert SignerWrong(i, address(uint160(participant)), actual);
                    }
                    ++used;
                }
            }
            return used;
        }
    }
}
