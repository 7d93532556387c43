// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title HookToken
/// @notice Misbehaviour: hands control to whoever sends or receives, in the middle of a transfer, as ERC-777 tokens do.
contract HookToken is ERC20("Hook Token", "HOOK") {
    mapping(address account => bool) public hooked;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice From now on the account is called before it sends and after it received.
    function hook(address account) external {
        hooked[account] = true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked[from]) _call(from);
        super._update(from, to, amount);
        if (hooked[to]) _call(to);
    }

    function _call(address account) private {
        (bool success, ) = account.call("");
        require(success);
    }
}
