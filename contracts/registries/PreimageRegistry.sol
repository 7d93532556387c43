// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @title PreimageRegistry
/// @notice Records when the preimage of a hash became known, once and for everybody.
/// @dev The key is `keccak256` of exactly 32 bytes: another length or another hash cannot even be said. One registry serves
/// every lock on the chain, so that all hops of a payment hear of a preimage in the same moment. Anybody may call.
///
/// Whoever waits for a preimage must find it with nothing but a plain node. What an account sends is in the block, word for
/// word. What a contract passes on is not, so it is logged.
/// INV-7: what is recorded never changes.
///
/// Times are stored at the slot that is the key itself, and there is no other storage: a mapping would hash once more.
contract PreimageRegistry is IRegistry {
    /// @notice A preimage came from a contract. (One that an account sends here itself is in the input of its transaction.)
    event Revealed(bytes32 indexed key, bytes32 preimage);

    /// @inheritdoc IRegistry
    function knownSince(bytes32 key) public view returns (uint256 time) {
        assembly ("memory-safe") {
            time := sload(key)
        }
    }

    /// @notice Makes a preimage known. Does nothing if it is known already: the first time stays.
    /// @dev Assembly saves 180 gas over Solidity, which pays for knowing what has to be logged.
    function reveal(bytes32 preimage) external {
        bytes32 topic = Revealed.selector;
        assembly ("memory-safe") {
            mstore(0, preimage)
            let key := keccak256(0, 0x20)
            if sload(key) {
                stop() // known already
            }
            sstore(key, timestamp())
            // It is in the block if the caller sent the transaction, and has no code that could have called here. (An
            // account that delegates to code, EIP-7702, has some.)
            if or(xor(caller(), origin()), extcodesize(caller())) {
                log2(0, 0x20, topic, key) // emit Revealed(key, preimage)
            }
            stop()
        }
    }

    /// @notice Makes several preimages known. Those that are known already change nothing.
    function revealSeveral(bytes32[] calldata preimages) external {
        for (uint256 i = 0; i < preimages.length; ++i) {
            bytes32 preimage = preimages[i];
            bytes32 key = keccak256(abi.encode(preimage));
            if (knownSince(key) != 0) continue;
            assembly ("memory-safe") {
                sstore(key, timestamp())
            }
            emit Revealed(key, preimage);
        }
    }
}
