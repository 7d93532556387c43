// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAssetHolder} from "../interfaces/IAssetHolder.sol";

/// @title RejectingRecipient
/// @notice An account that refuses every payment of native coin, but whose owner can collect what is kept for it.
contract RejectingRecipient {
    address private immutable _owner = msg.sender;

    /// @notice Thrown on every payment.
    error PaymentRejected();

    /// @notice Thrown when anybody but the owner collects.
    error CallerNotOwner(address caller);

    receive() external payable {
        revert PaymentRejected();
    }

    /// @notice Sends what `holder` keeps for this account to `to`.
    function withdrawTo(IAssetHolder holder, address asset, address to, uint256 amount) external {
        if (msg.sender != _owner) revert CallerNotOwner(msg.sender);
        holder.withdraw(asset, to, amount);
    }
}
