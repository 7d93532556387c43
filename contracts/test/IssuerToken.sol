// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title IssuerToken
/// @notice Misbehaviour: an issuer interferes. It lowers balances (rebases down, seizes), pauses all transfers, and blocks
/// accounts, as issuers of stablecoins and staked coins can. Here anybody is the issuer.
contract IssuerToken is ERC20("Issuer Token", "ISS") {
    /// @notice Thrown by every transfer while the token is paused.
    error Paused();

    /// @notice Thrown by every transfer from or to a blocked account.
    error Blocked(address account);

    bool public paused;
    mapping(address account => bool) public blocked;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Lowers a balance without asking.
    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function setPaused(bool paused_) external {
        paused = paused_;
    }

    function setBlocked(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (paused) revert Paused();
        if (blocked[from]) revert Blocked(from);
        if (blocked[to]) revert Blocked(to);
        super._update(from, to, amount);
    }
}
