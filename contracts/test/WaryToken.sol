// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title WaryToken
/// @notice Misbehaviour: as USDT does, refuses to change an allowance that is neither zero nor becomes zero.
contract WaryToken is ERC20("Wary Token", "WARY") {
    /// @notice Thrown when an allowance is changed that was not taken back first.
    error AllowanceNotZero();

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function approve(address spender, uint256 amount) public override returns (bool) {
        if (amount != 0 && allowance(msg.sender, spender) != 0) revert AllowanceNotZero();
        return super.approve(spender, amount);
    }
}
