// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @notice Something a registry can know.
struct Fact {
    IRegistry registry;
    bytes32 key;
}

/// @title ThresholdRegistry
/// @notice Records when enough of several facts were known: all of them, any one of them, or some number in between.
/// @dev The key commits to the facts and to how many are needed (`keyOf`). Facts may be those of any registry, this one
/// included, so that conditions can be nested. Anybody may call. INV-7: what is recorded never changes.
///
/// Known means recorded here: a lock on a combination needs `record` by its expiry, not only the facts. (With the times of
/// the facts instead, a lock that was refunded after its expiry could turn out to have been payable.)
contract ThresholdRegistry is IRegistry {
    /// @notice Enough of the facts that `key` stands for are known.
    event Recorded(bytes32 indexed key);

    /// @notice Thrown when no fact is shown, or fewer or more than are needed.
    error WitnessesWrong(uint256 required, uint256 given);

    /// @notice Thrown when facts are not named in ascending order: one is named twice.
    error WitnessesNotAscending(uint256 index);

    /// @notice Thrown when a fact that was named is not known.
    error FactUnknown(IRegistry registry, bytes32 key);

    /// @inheritdoc IRegistry
    mapping(bytes32 key => uint256 time) public knownSince;

    /// @notice Records that `required` of the facts are known. Does nothing if that is recorded already.
    /// @dev Asks only the registries of the facts that are named: another one that fails does not matter.
    /// @param required How many facts there must be.
    /// @param witnesses Positions of that many known facts, ascending.
    function record(uint256 required, Fact[] calldata facts, uint256[] calldata witnesses) external {
        if (required == 0 || witnesses.length != required) revert WitnessesWrong(required, witnesses.length);
        for (uint256 i = 0; i < required; ++i) {
            if (i > 0 && witnesses[i] <= witnesses[i - 1]) revert WitnessesNotAscending(i);
            Fact calldata fact = facts[witnesses[i]];
            if (fact.registry.knownSince(fact.key) == 0) revert FactUnknown(fact.registry, fact.key);
        }
        bytes32 key = keyOf(required, facts);
        if (knownSince[key] != 0) return;
        knownSince[key] = block.timestamp;
        emit Recorded(key);
    }

    /// @notice The key of a combination: `keccak256(abi.encode(required, facts))`.
    function keyOf(uint256 required, Fact[] calldata facts) public pure returns (bytes32) {
        return keccak256(abi.encode(required, facts));
    }
}
