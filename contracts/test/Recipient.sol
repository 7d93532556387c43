// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Recipient
/// @notice Misbehaviour: an account that spoils its own payment, in the way chosen at deployment.
contract Recipient {
    /// @dev `Accept` is honest; `NeedGas` takes the payment only when it got plenty of gas, and gives up early if not.
    enum Manner {
        Accept,
        Revert,
        BurnGas,
        Bomb,
        RevertBomb,
        NeedGas
    }

    /// @notice Thrown by `Revert` and `NeedGas`.
    error Refused();

    Manner private immutable _manner;

    constructor(Manner manner) {
        _manner = manner;
    }

    receive() external payable {
        if (_manner == Manner.Revert) revert Refused();
        if (_manner == Manner.NeedGas && gasleft() < 60_000) revert Refused();
        if (_manner == Manner.BurnGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (_manner == Manner.Bomb) {
            assembly ("memory-safe") {
                return(0, 100000)
            }
        }
        if (_manner == Manner.RevertBomb) {
            assembly ("memory-safe") {
                revert(0, 100000)
            }
        }
    }

    /// @notice Calls any contract in the name of this account.
    function execute(address target, bytes calldata data) external {
        (bool success, bytes memory result) = target.call(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }
}
