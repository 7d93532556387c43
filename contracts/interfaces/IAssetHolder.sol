// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Authorization, DepositOrder} from "../types/Funding.sol";
import {Allocation} from "../types/Outcome.sol";

/// @title IAssetHolder
/// @notice Holds native coin and ERC-20 tokens for destinations: accounts, channels and escrows.
/// @dev INV-1: `held(d, a)` is the sum of all deposits and credits to `(d, a)` less all its debits. The four events below
/// are the only changes, so anybody can rebuild every balance from the logs.
/// INV-2: for tokens that move what they say they move, the contract owns at least the sum of `held` over destinations,
/// plus, in native coin, the bonds of running challenges.
/// The zero address stands for the native coin throughout.
interface IAssetHolder {
    /// @notice Native coin (wei) arrived for a destination.
    event NativeDeposited(bytes32 indexed destination, uint256 amount);

    /// @notice Tokens arrived for a destination.
    event TokenDeposited(bytes32 indexed destination, address token, uint256 amount);

    /// @notice A destination received money that was here already: from a channel, an escrow or a bond, or because its
    /// account could not be paid directly.
    event Credited(bytes32 indexed destination, address asset, uint256 amount);

    /// @notice Money left a destination.
    event Debited(bytes32 indexed destination, address asset, uint256 amount);

    /// @notice Thrown when a destination holds less than the caller counts on.
    error HeldTooLittle(bytes32 destination, address asset, uint256 held, uint256 required);

    /// @notice Thrown when a token moved another amount than it was told to, as one that takes a fee does.
    error AmountNotReceived(address token, uint256 expected, uint256 received);

    /// @notice Thrown when the address given for a token does not tell a balance: it has no code, or is no token.
    error TokenUnreadable(address token);

    /// @notice Thrown when money is sent to the zero destination or the zero address.
    error RecipientZero();

    /// @notice Thrown when a deposit order comes after its deadline.
    error DepositOrderExpired(uint256 deadline, uint256 currentTime);

    /// @notice Thrown when a deposit order was not signed by the account that is to pay.
    error DepositOrderNotSigned(address from);

    /// @notice Thrown when the caller gave too little gas to try a payment in earnest.
    error GasTooLow();

    /// @notice Thrown when a withdrawal is refused by its recipient or by the token.
    error PaymentFailed(address asset, address to, uint256 amount);

    /// @notice What a destination owns of an asset.
    function held(bytes32 destination, address asset) external view returns (uint256);

    /// @notice Whether the deposit order with this EIP-712 digest was executed.
    function orderExecuted(bytes32 digest) external view returns (bool);

    /// @notice Deposits the native coin that is sent along.
    /// @dev Anybody may call. The money belongs to the destination; only deposit what its rules give back.
    /// @param expectedHeld Reverts with `HeldTooLittle` when less is there, so that a reorganisation that removes an
    /// earlier deposit takes this one along.
    function depositNative(bytes32 destination, uint256 expectedHeld) external payable;

    /// @notice Deposits tokens of the caller, who has approved this contract.
    /// @dev Reverts with `AmountNotReceived` unless exactly `amount` arrives.
    function deposit(bytes32 destination, address token, uint256 expectedHeld, uint256 amount) external;

    /// @notice Funds a destination in one transaction: tokens of everybody who signed, native coin of the caller.
    /// @dev Anybody may call; each signature binds destination, amount, order and chain. What somebody else submitted
    /// before is skipped, so that running ahead changes nothing. All or nothing otherwise.
    /// @param expectedHeld As in `depositNative`, for the native coin; ignored when none is sent.
    function fund(
        bytes32 destination,
        uint256 expectedHeld,
        Authorization[] calldata authorizations,
        DepositOrder[] calldata orders
    ) external payable;

    /// @notice Sends money held for the caller's account to any address.
    /// @dev Only the account itself. Reverts with `PaymentFailed` when the transfer does.
    function withdraw(address asset, address to, uint256 amount) external;

    /// @notice Pays from the escrow destination `keccak256(abi.encode(caller, terms))`.
    /// @dev Any contract is the escrow of the destinations derived from its address, and of no others. Accounts are paid
    /// as in a settlement: whoever cannot be paid finds the money under its account.
    function release(bytes32 terms, address asset, Allocation[] calldata payments) external;
}
