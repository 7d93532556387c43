// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @title ConfigurableRegistry
/// @notice Misbehaviour: a registry that answers as a test wants it to, and changes its mind when told.
contract ConfigurableRegistry is IRegistry {
    enum Behaviour {
        Answer,
        Revert,
        BurnGas,
        Bomb,
        Short
    }

    /// @notice What `Revert` reverts with.
    error Refused();

    Behaviour public behaviour;
    uint256 public time;

    /// @notice What to do from now on, and which time to tell in `Answer` and `Bomb`.
    function configure(Behaviour behaviour_, uint256 time_) external {
        behaviour = behaviour_;
        time = time_;
    }

    /// @inheritdoc IRegistry
    function knownSince(bytes32) external view returns (uint256) {
        if (behaviour == Behaviour.Revert) revert Refused();
        uint256 size = 0x20;
        if (behaviour == Behaviour.BurnGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (behaviour == Behaviour.Bomb) size = 1_000_000;
        if (behaviour == Behaviour.Short) size = 0x1f;
        uint256 answer = time;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, answer)
            return(buffer, size)
        }
    }
}
