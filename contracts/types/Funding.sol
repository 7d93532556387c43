// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A transfer that its payer signed for the token (ERC-3009 `receiveWithAuthorization`).
/// @dev The token's nonce is `keccak256(abi.encode(destination, expectedHeld, salt))`: the signature pays into that
/// destination, behind that much money, and nowhere else.
/// @param expectedHeld What the destination must hold already.
/// @param validAfter Unix time (seconds) after which the token accepts it.
/// @param validBefore Unix time (seconds) before which the token accepts it.
/// @param salt Chosen by the payer; tells apart otherwise equal authorisations.
struct Authorization {
    address token;
    address from;
    uint256 amount;
    uint256 expectedHeld;
    uint256 validAfter;
    uint256 validBefore;
    uint256 salt;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice An ERC-2612 approval that goes with a `DepositOrder`.
/// @param deadline Unix time (seconds) the token checks; 0 when no permit is needed, because an allowance exists.
struct Permit {
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice A deposit that its payer signed for the asset holder, for tokens with allowances.
/// @dev The permit alone could be pointed at any destination; the order's own signature binds it to one.
/// @param expectedHeld What the destination must hold already.
/// @param salt Chosen by the payer; an order is executed once.
/// @param deadline Unix time (seconds) until which the order is good.
/// @param signature EIP-712 `Deposit` by `from`: 65 bytes of a key, or whatever an ERC-1271 wallet accepts.
struct DepositOrder {
    address token;
    address from;
    uint256 amount;
    uint256 expectedHeld;
    uint256 salt;
    uint256 deadline;
    bytes signature;
    Permit permit;
}
