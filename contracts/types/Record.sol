// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice What the chain knows of a channel in dispute. Only the hash is stored; callers bring the rest.
/// @param version Version of the registered state.
/// @param finalizesAt Unix time (seconds) from which the registered state can be settled; 0 while no clock runs.
/// @param stateHash EIP-712 struct hash of the registered state.
/// @param challenger Participant that signed the running challenge; zero without a bond.
/// @param payer Account that posted the bond, and gets it back from an honest challenge; zero without a bond.
/// @param bond Native coin (wei) at stake in the running challenge.
struct Dispute {
    uint48 version;
    uint256 finalizesAt;
    bytes32 stateHash;
    address challenger;
    address payer;
    uint256 bond;
}

using RecordLib for Dispute global;

/// @title RecordLib
/// @notice The one word that is stored for a channel: nothing, the hash of a `Dispute`, or the hash of a final state and
/// what it still owes.
/// @dev The two kinds cannot be taken for each other: a dispute is the hash of 192 bytes, a final record of 96.
library RecordLib {
    /// @dev keccak256("Final(bytes32 stateHash,uint256[] owed)")
    bytes32 internal constant FINAL_TYPEHASH = 0x024781860a030a51f63805384e219f2796a0b36f80a8a9951151e424627173c7;

    /// @notice Hash of a dispute that a caller brings.
    /// @dev Assembly saves about 170 gas over `abi.encode`. It copies words as they are, unclean upper bits included:
    /// those give another hash, which matches no stored one.
    function hash(Dispute calldata dispute) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // scratch space beyond the free pointer, not kept
            calldatacopy(buffer, dispute, 0xc0)
            result := keccak256(buffer, 0xc0)
        }
    }

    /// @notice Hash of a dispute that is about to be stored.
    function hash(
        uint48 version,
        uint256 finalizesAt,
        bytes32 stateHash,
        address challenger,
        address payer,
        uint256 bond
    ) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // as `abi.encode` lays them out
            mstore(buffer, version)
            mstore(add(buffer, 0x20), finalizesAt)
            mstore(add(buffer, 0x40), stateHash)
            mstore(add(buffer, 0x60), challenger)
            mstore(add(buffer, 0x80), payer)
            mstore(add(buffer, 0xa0), bond)
            result := keccak256(buffer, 0xc0)
        }
    }

    /// @notice Hash of a final state with the amounts that its allocations have yet to receive.
    /// @param owed One amount per allocation, or empty when everything is paid.
    function hashFinal(bytes32 stateHash, uint256[] memory owed) internal pure returns (bytes32) {
        return keccak256(abi.encode(FINAL_TYPEHASH, stateHash, keccak256(abi.encodePacked(owed))));
    }
}
