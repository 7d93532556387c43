// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {OutcomeLib} from "../types/Outcome.sol";

/// @title Payout
/// @notice Who gets how much of what is there: allocations are paid in order until the money is used up.
/// @dev Pure functions without any arithmetic that could fail: every payment is bounded by what is held.
library Payout {
    /// @notice What one allocation is paid now.
    /// @param owed What it has yet to receive.
    /// @param held What is left for it and for those after it.
    function payment(uint256 owed, uint256 held) internal pure returns (uint256) {
        return owed < held ? owed : held;
    }

    /// @notice Whether `held` pays a whole group of an outcome, and how much that takes.
    /// @param position Where the group starts.
    /// @param end Where it ends.
    function cost(
        bytes calldata outcome,
        uint256 position,
        uint256 end,
        uint256 held
    ) internal pure returns (uint256 total, bool inFull) {
        unchecked {
            uint256 left = held;
            for (position += OutcomeLib.HEADER_SIZE; position < end; position += OutcomeLib.ALLOCATION_SIZE) {
                (, uint256 amount) = OutcomeLib.allocation(outcome, position);
                if (amount > left) return (0, false);
                left -= amount;
            }
            return (held - left, true);
        }
    }
}
