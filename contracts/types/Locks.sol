// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @notice Who the locks of a set are between, and which set it is.
/// @dev The hash of this struct is the terms of an escrow destination of the `LockSet`.
/// @param payer Destination that locks return to when nothing was known in time. Any kind but zero.
/// @param payee Destination that locks pay. Any kind but zero.
/// @param salt Tells apart sets that agree in everything else: the channel whose locks they are, or any number. Without it,
/// the halves of a payment that is split over two channels would share one escrow.
/// @param root What `LockLib.rootOf` makes of the locks.
struct LockTerms {
    bytes32 payer;
    bytes32 payee;
    bytes32 salt;
    bytes32 root;
}

using LockLib for LockTerms global;

/// @title LockLib
/// @notice Reads locks, and proves that they are in a set.
/// @dev A lock is packed, so that it is cheap to bring, and so that nothing about it can be encoded in two ways:
///
///     position (4 bytes) | expiry (6) | registry (20) | key (32) | amount (16)
///
/// It pays `amount` to the payee if `registry` knew `key` at or before `expiry`, Unix time (seconds); else to the payer. Its
/// `position` is its name within the set, so that two locks that agree in everything else are two.
///
/// A set is a binary tree over positions. A leaf is the hash of its 78 bytes; an inner node is the hash of its two children
/// (64 bytes, so none is the other), or its only child as it is. So a tree costs nothing where it is empty, and the root of
/// one lock is its leaf.
///
/// A proof is a program that makes the root of leaves. They stand in a queue, in the order of their positions. Each step
/// takes from its head and adds to its end; its first byte says what:
///
///     0              the first one, an only child
///     1 | node (32)  the hash of the first one and the node, a neighbour to the right
///     2 | node (32)  the hash of the node, a neighbour to the left, and the first one
///     b, 3 or more   the hash of the first two, b - 2 times
///
/// One is left. If that is the root, the leaves are in the tree, whatever the steps were; and if no step brought a node,
/// nothing else is.
library LockLib {
    /// @dev Bytes of a packed lock.
    uint256 internal constant LOCK_SIZE = 78;

    /// @notice Thrown when no locks are brought, or when the last one ends beyond the bytes.
    error LocksMalformed(uint256 length);

    /// @notice Thrown when a proof ends within a step, or does not leave one node.
    error ProofMalformed();

    /// @notice The hash of the terms.
    function hash(LockTerms memory terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @notice The lock that starts at `start`, apart from its key.
    function lockAt(
        bytes memory locks,
        uint256 start
    ) internal pure returns (uint256 position, uint256 expiry, IRegistry registry) {
        assembly ("memory-safe") {
            let word := mload(add(add(locks, 0x20), start))
            position := shr(224, word) // bytes 0 to 3
            expiry := and(shr(176, word), 0xffffffffffff) // bytes 4 to 9
            registry := and(shr(16, word), 0xffffffffffffffffffffffffffffffffffffffff) // bytes 10 to 29
        }
    }

    /// @notice The root of the set that holds these locks, and whether they are all it holds.
    /// @dev Assembly saves about 400 gas a lock over arrays; `PlainLockSet` has the plain form. The queue is in memory, one
    /// word for each node, and only ever moves on. What is taken from an empty queue has no meaning, and is found out at the
    /// end: steps take as many nodes as they add, or more, so a queue that was ever empty does not hold one node again.
    /// @param locks At least one, in the order of their positions.
    /// @return root What the proof makes of them. It is the caller's to compare.
    function rootOf(bytes memory locks, bytes calldata proof) internal pure returns (bytes32 root, bool whole) {
        if (locks.length == 0 || locks.length % LOCK_SIZE != 0) revert LocksMalformed(locks.length);
        bool malformed;
        whole = true;
        assembly ("memory-safe") {
            let head := mload(0x40)
            let tail := head
            for {
                let lock := add(locks, 0x20)
                let last := add(lock, mload(locks))
            } lt(lock, last) {
                lock := add(lock, 78)
            } {
                mstore(tail, keccak256(lock, 78)) // the leaf
                tail := add(tail, 0x20)
            }
            let step := proof.offset
            let end := add(step, proof.length)
            for {} lt(step, end) {} {
                let kind := byte(0, calldataload(step))
                step := add(step, 1)
                switch lt(kind, 3)
                case 0 {
                    for {
                        let last := add(tail, shl(5, sub(kind, 2)))
                    } lt(tail, last) {
                        tail := add(tail, 0x20)
                    } {
                        mstore(tail, keccak256(head, 0x40)) // both children, side by side
                        head := add(head, 0x40)
                    }
                }
                default {
                    let node := mload(head)
                    head := add(head, 0x20)
                    if kind {
                        let side := shl(5, sub(kind, 1)) // of the node that was there: 0 is left, 32 is right
                        mstore(side, node)
                        mstore(xor(side, 0x20), calldataload(step))
                        node := keccak256(0, 0x40)
                        step := add(step, 0x20)
                        whole := 0
                    }
                    mstore(tail, node)
                    tail := add(tail, 0x20)
                }
            }
            root := mload(head)
            malformed := or(xor(step, end), xor(add(head, 0x20), tail)) // beyond the proof, or not one node
        }
        if (malformed) revert ProofMalformed();
    }
}
