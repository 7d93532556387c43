// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title PhantomToken
/// @notice Misbehaviour: accepts calls of functions it does not have and does nothing, as the fallback of wrapped ether
/// (WETH9) does. `permit` and `receiveWithAuthorization` seem to succeed.
contract PhantomToken is ERC20("Phantom Token", "PHAN") {
    bool private _answersZero;

    /// @notice Makes the fallback answer a zero word, so that even `authorizationState` seems to exist.
    function answerZero() external {
        _answersZero = true;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    fallback() external {
        if (!_answersZero) return;
        assembly ("memory-safe") {
            mstore(0, 0)
            return(0, 0x20)
        }
    }
}
