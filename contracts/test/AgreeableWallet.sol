// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title AgreeableWallet
/// @notice A smart account that takes coins and says yes to every signature.
contract AgreeableWallet is IERC1271 {
    receive() external payable {}

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes memory) external pure returns (bytes4) {
        return IERC1271.isValidSignature.selector;
    }
}
