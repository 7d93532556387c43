// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title DestinationLib
/// @notice A destination is whoever owns a balance: an account, a channel or an escrow.
/// @dev The three kinds cannot meet: an account has 12 leading zero bytes, a channel id is the hash of 66 bytes and an
/// escrow destination the hash of 64.
library DestinationLib {
    /// @notice The destination of an account; only that address can withdraw from it.
    function ofAccount(address account) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    /// @notice The destination that contract `escrow` controls under `terms`.
    function ofEscrow(address escrow, bytes32 terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(escrow, terms));
    }

    /// @notice Whether money for this destination leaves the contract.
    function isAccount(bytes32 destination) internal pure returns (bool) {
        return uint256(destination) <= type(uint160).max;
    }

    /// @notice The account behind a destination for which `isAccount` holds.
    function toAccount(bytes32 destination) internal pure returns (address) {
        return address(uint160(uint256(destination)));
    }
}
