// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IAssetHolder} from "./interfaces/IAssetHolder.sol";
import {DomainLib} from "./types/Domain.sol";
import {DestinationLib} from "./types/Destination.sol";
import {Authorization, DepositOrder} from "./types/Funding.sol";
import {Allocation} from "./types/Outcome.sol";

/// @title AssetHolder
/// @notice One number per destination and asset, and the ways to change it.
/// @dev Order of every function that moves money: checks, all balances, then calls to others. Functions that call out
/// after changing balances are also guarded against reentrancy.
abstract contract AssetHolder is IAssetHolder, ReentrancyGuardTransient {
    using DestinationLib for bytes32;
    using SafeERC20 for IERC20;

    /// @dev Gas a recipient or token gets to take a payment. Enough for smart accounts and for the usual stablecoins;
    /// little enough that `OutcomeLib.MAX_ALLOCATIONS` recipients that burn it all fit into a quarter of a 30M block.
    uint256 internal constant PAYMENT_GAS = 70_000;

    /// @dev Gas there must be before a payment, so that the call surely passes `PAYMENT_GAS` on: it keeps a 64th part back
    /// (EIP-150) and costs up to 11,600 itself.
    uint256 internal constant PAYMENT_GAS_REQUIRED = PAYMENT_GAS + PAYMENT_GAS / 63 + 15_000;

    /// @dev keccak256("Deposit(address from,bytes32 destination,address token,uint256 expectedHeld,uint256 amount,uint256 salt,uint256 deadline)")
    bytes32 internal constant DEPOSIT_TYPEHASH = 0xfe338059a21ea8093d0ad8dc70bba42145d11f8737653af533f48bdd02572ec1;

    /// @dev What a destination owns of an asset. A struct, so that a function can keep hold of its slot.
    struct Balance {
        uint256 amount;
    }

    mapping(bytes32 destination => mapping(address asset => Balance)) internal _balances;

    /// @inheritdoc IAssetHolder
    mapping(bytes32 digest => bool) public orderExecuted;

    /* DEPOSITS */

    /// @inheritdoc IAssetHolder
    function depositNative(bytes32 destination, uint256 expectedHeld) external payable {
        _depositNative(destination, expectedHeld);
    }

    /// @inheritdoc IAssetHolder
    function deposit(bytes32 destination, address token, uint256 expectedHeld, uint256 amount) external nonReentrant {
        uint256 balanceBefore = _balanceOf(token);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _creditReceived(destination, token, expectedHeld, amount, balanceBefore);
    }

    /// @inheritdoc IAssetHolder
    function fund(
        bytes32 destination,
        uint256 expectedHeld,
        Authorization[] calldata authorizations,
        DepositOrder[] calldata orders
    ) external payable nonReentrant {
        if (msg.value > 0) _depositNative(destination, expectedHeld);
        for (uint256 i = 0; i < authorizations.length; ++i) _useAuthorization(destination, authorizations[i]);
        for (uint256 i = 0; i < orders.length; ++i) _executeOrder(destination, orders[i]);
    }

    /// @dev Skips an authorisation that was used: its nonce names this destination and only this contract can use it.
    function _useAuthorization(bytes32 destination, Authorization calldata a) private {
        bytes32 nonce = keccak256(abi.encode(destination, a.expectedHeld, a.salt));
        uint256 balanceBefore = _balanceOf(a.token);
        IERC3009 token = IERC3009(a.token);
        if (token.authorizationState(a.from, nonce)) return;
        token.receiveWithAuthorization(
            a.from,
            address(this),
            a.amount,
            a.validAfter,
            a.validBefore,
            nonce,
            a.v,
            a.r,
            a.s
        );
        _creditReceived(destination, a.token, a.expectedHeld, a.amount, balanceBefore);
    }

    /// @dev Skips an order that was executed. A permit that fails is ignored: it may have been submitted by somebody
    /// else, and without an allowance the transfer fails anyway.
    function _executeOrder(bytes32 destination, DepositOrder calldata order) private {
        bytes32 digest = MessageHashUtils.toTypedDataHash(
            DomainLib.separator(),
            keccak256(
                abi.encode(
                    DEPOSIT_TYPEHASH,
                    order.from,
                    destination,
                    order.token,
                    order.expectedHeld,
                    order.amount,
                    order.salt,
                    order.deadline
                )
            )
        );
        if (orderExecuted[digest]) return;
        if (block.timestamp > order.deadline) revert DepositOrderExpired(order.deadline, block.timestamp);
        if (!SignatureChecker.isValidSignatureNow(order.from, digest, order.signature)) {
            revert DepositOrderNotSigned(order.from);
        }
        orderExecuted[digest] = true;
        uint256 balanceBefore = _balanceOf(order.token);
        if (order.permit.deadline != 0) {
            try
                IERC20Permit(order.token).permit(
                    order.from,
                    address(this),
                    order.amount,
                    order.permit.deadline,
                    order.permit.v,
                    order.permit.r,
                    order.permit.s
                )
            {} catch {}
        }
        IERC20(order.token).safeTransferFrom(order.from, address(this), order.amount);
        _creditReceived(destination, order.token, order.expectedHeld, order.amount, balanceBefore);
    }

    /// @dev Cannot overflow: there is less native coin than 2^256 wei.
    function _depositNative(bytes32 destination, uint256 expectedHeld) private {
        (Balance storage balance, uint256 before) = _balanceAtLeast(destination, address(0), expectedHeld);
        unchecked {
            balance.amount = before + msg.value;
        }
        emit NativeDeposited(destination, msg.value);
    }

    function _creditReceived(
        bytes32 destination,
        address token,
        uint256 expectedHeld,
        uint256 amount,
        uint256 balanceBefore
    ) private {
        uint256 received;
        unchecked {
            received = _balanceOf(token) - balanceBefore; // a balance that fell is a huge number: not `amount`
        }
        if (received != amount) revert AmountNotReceived(token, amount, received);
        (Balance storage balance, uint256 before) = _balanceAtLeast(destination, token, expectedHeld);
        balance.amount = before + amount;
        emit TokenDeposited(destination, token, amount);
    }

    /// @dev The balance that a deposit adds to.
    function _balanceAtLeast(
        bytes32 destination,
        address asset,
        uint256 required
    ) private view returns (Balance storage balance, uint256 amount) {
        if (destination == 0) revert RecipientZero();
        balance = _balances[destination][asset];
        amount = balance.amount;
        if (amount < required) revert HeldTooLittle(destination, asset, amount, required);
    }

    /// @dev Assembly saves about 200 gas over `IERC20.balanceOf`, twice in every token deposit.
    function _balanceOf(address token) private view returns (uint256 amount) {
        bytes4 selector = IERC20.balanceOf.selector;
        bool success;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, address())
            success := staticcall(gas(), token, 0, 0x24, 0, 0x20) // the answer replaces the question
            success := and(success, gt(returndatasize(), 0x1f)) // an address without code answers nothing
            amount := mload(0)
        }
        if (!success) revert TokenUnreadable(token);
    }

    /* PAYMENTS */

    /// @inheritdoc IAssetHolder
    function held(bytes32 destination, address asset) external view returns (uint256) {
        return _balances[destination][asset].amount;
    }

    /// @inheritdoc IAssetHolder
    function withdraw(address asset, address to, uint256 amount) external nonReentrant {
        if (to == address(0)) revert RecipientZero();
        _debit(DestinationLib.ofAccount(msg.sender), asset, amount);
        if (!_transfer(asset, to, amount, gasleft())) revert PaymentFailed(asset, to, amount);
    }

    /// @inheritdoc IAssetHolder
    function release(bytes32 terms, address asset, Allocation[] calldata payments) external nonReentrant {
        uint256 total = 0;
        for (uint256 i = 0; i < payments.length; ++i) total += payments[i].amount;
        _debit(DestinationLib.ofEscrow(msg.sender, terms), asset, total);
        for (uint256 i = 0; i < payments.length; ++i) {
            bytes32 destination = payments[i].destination;
            if (destination == 0) revert RecipientZero();
            if (!destination.isAccount()) _credit(destination, asset, payments[i].amount);
        }
        for (uint256 i = 0; i < payments.length; ++i) {
            bytes32 destination = payments[i].destination;
            if (destination.isAccount()) _pay(destination, asset, payments[i].amount);
        }
    }

    function _debit(bytes32 destination, address asset, uint256 amount) internal {
        Balance storage balance = _balances[destination][asset];
        uint256 available = balance.amount;
        if (available < amount) revert HeldTooLittle(destination, asset, available, amount);
        unchecked {
            balance.amount = available - amount;
        }
        emit Debited(destination, asset, amount);
    }

    /// @dev Wraps instead of reverting, so that no settlement can be blocked. For a token that moves what it says the sum
    /// of all balances fits, but for a channel that pays itself before it is debited; that wraps back. A token that lies
    /// has only itself to cheat.
    function _credit(bytes32 destination, address asset, uint256 amount) internal {
        unchecked {
            _balances[destination][asset].amount += amount;
        }
        emit Credited(destination, asset, amount);
    }

    /// @dev Pays an account now, or keeps the money for its `withdraw` when it cannot take it. Never reverts because of
    /// the recipient or the token. A payment that fails when the caller left too little gas for it reverts, however much
    /// the recipient gave back: a wallet that looks at its gas cannot be put off by whoever calls.
    function _pay(bytes32 destination, address asset, uint256 amount) internal {
        uint256 gasBefore = gasleft();
        if (_transfer(asset, destination.toAccount(), amount, PAYMENT_GAS)) return;
        if (gasBefore < PAYMENT_GAS_REQUIRED) revert GasTooLow();
        _credit(destination, asset, amount);
    }

    /// @dev Assembly, because Solidity's call copies whatever the other side returns: at our cost, and without limit.
    function _transfer(address asset, address to, uint256 amount, uint256 gasLimit) private returns (bool success) {
        if (asset == address(0)) {
            assembly ("memory-safe") {
                success := call(gasLimit, to, amount, 0, 0, 0, 0) // no input, no output
            }
        } else {
            bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
            assembly ("memory-safe") {
                success := call(gasLimit, asset, 0, add(data, 0x20), mload(data), 0, 0x20) // at most one word returned
                if success {
                    switch returndatasize()
                    case 0 {
                        success := gt(extcodesize(asset), 0) // silence counts only from a contract
                    }
                    default {
                        success := and(gt(returndatasize(), 0x1f), eq(mload(0), 1)) // exactly `true`
                    }
                }
            }
        }
    }
}
