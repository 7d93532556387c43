// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title IRegistry
/// @notice Says since when a fact is known. Locks name a registry and a key, and pay by its answer.
/// @dev What a fact is, and what a key stands for, is the registry's own affair: the preimage of a hash, the private key of
/// a point, the outcome of a game, the word of an oracle. Whoever accepts a lock accepts its registry. Locks ask by
/// `staticcall`.
///
/// The answer for a key must change at most once, from zero to the time of the block in which it changes. A registry that
/// tells an earlier time than that, or changes its mind, lets whoever claims first choose who is paid.
interface IRegistry {
    /// @notice When a fact became known: Unix time (seconds), or 0 while it is not.
    function knownSince(bytes32 key) external view returns (uint256 time);
}
