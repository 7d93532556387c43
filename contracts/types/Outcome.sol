// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice One payment.
/// @param destination Who is paid: an account, a channel or an escrow (see `DestinationLib`).
/// @param amount In the smallest unit of the asset.
struct Allocation {
    bytes32 destination;
    uint256 amount;
}

/// @title OutcomeLib
/// @notice Reads an outcome: who is paid how much of which asset, in which order.
/// @dev An outcome is packed, so that it is cheap to publish, to hash and to log, and so that nothing about it can be
/// encoded in two ways. It is a sequence of groups, one per asset, in strictly ascending order of the asset:
///
///     asset (20 bytes, zero for the native coin) | count (1 byte, not 0) | count * ( destination (32) | amount (32) )
///
/// `header` and `allocation` read raw words and trust that the bytes passed `requireValid` when they were registered.
library OutcomeLib {
    /// @notice Most payments in one outcome.
    /// @dev If every recipient burns all the gas it is given, settling costs less than a quarter of a 30M block.
    uint256 internal constant MAX_ALLOCATIONS = 64;

    /// @dev Bytes of a group before its allocations.
    uint256 internal constant HEADER_SIZE = 21;

    /// @dev Bytes of one allocation.
    uint256 internal constant ALLOCATION_SIZE = 64;

    /// @notice Thrown when a group ends beyond the bytes, is empty, or its asset does not ascend.
    error OutcomeMalformed(uint256 position);

    /// @notice Thrown when a payment goes to the zero destination, where nobody could ever collect it.
    error OutcomeDestinationZero(uint256 position);

    /// @notice Thrown when an outcome holds more payments than could surely be settled.
    error OutcomeTooLong(uint256 allocations, uint256 maximum);

    /// @notice The group that starts at `position`: its asset, and where it ends.
    function header(bytes calldata outcome, uint256 position) internal pure returns (address asset, uint256 end) {
        assembly ("memory-safe") {
            let word := calldataload(add(outcome.offset, position))
            asset := shr(96, word) // first 20 bytes
            end := add(add(position, 21), shl(6, byte(20, word))) // header, then count * 64
        }
    }

    /// @notice The allocation that starts at `position`.
    function allocation(
        bytes calldata outcome,
        uint256 position
    ) internal pure returns (bytes32 destination, uint256 amount) {
        assembly ("memory-safe") {
            let start := add(outcome.offset, position)
            destination := calldataload(start)
            amount := calldataload(add(start, 32))
        }
    }

    /// @notice How many allocations an outcome has.
    function count(bytes calldata outcome) internal pure returns (uint256 allocations) {
        uint256 length = outcome.length;
        for (uint256 position = 0; position < length;) {
            (, uint256 end) = header(outcome, position);
            allocations += (end - position - HEADER_SIZE) / ALLOCATION_SIZE;
            position = end;
        }
    }

    /// @notice Reverts unless the bytes are the one encoding of an outcome that can be settled.
    /// @dev Called whenever a state is registered, so that the payout can never fail on what it reads later.
    function requireValid(bytes calldata outcome) internal pure {
        unchecked {
            uint256 length = outcome.length;
            uint256 allocated = 0;
            uint256 position = 0;
            address previous = address(0);
            while (position < length) {
                (address asset, uint256 end) = header(outcome, position);
                bool malformed;
                assembly ("memory-safe") {
                    // beyond the bytes, or empty, or (but for the first) not ascending; spares three branches
                    malformed := or(gt(end, length), eq(end, add(position, 21)))
                    malformed := or(malformed, and(gt(position, 0), iszero(gt(asset, previous))))
                }
                if (malformed) revert OutcomeMalformed(position);
                previous = asset;
                position += HEADER_SIZE;
                if (_paysZero(outcome, position, end)) revert OutcomeDestinationZero(position);
                allocated += end - position;
                position = end;
            }
            if (allocated > MAX_ALLOCATIONS * ALLOCATION_SIZE) {
                revert OutcomeTooLong(allocated / ALLOCATION_SIZE, MAX_ALLOCATIONS);
            }
        }
    }

    /// @dev Whether an allocation between `position` and `end` goes to the zero destination. Assembly saves about 100
    /// gas an allocation.
    function _paysZero(bytes calldata outcome, uint256 position, uint256 end) private pure returns (bool found) {
        assembly ("memory-safe") {
            let last := add(outcome.offset, end)
            for {
                let next := add(outcome.offset, position)
            } lt(next, last) {
                next := add(next, 64)
            } {
                found := or(found, iszero(calldataload(next))) // the destination is the first word
            }
        }
    }
}
