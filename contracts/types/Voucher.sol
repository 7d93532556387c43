// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Signature} from "./Signature.sol";

/// @notice What one participant has paid the other in one asset, and what it has locked: all in one, for the life of the
/// channel. A newer tally replaces the one before.
/// @param nonce Counts the vouchers of its payer in this asset; 0 before the first.
/// @param transferred All that was ever paid, in the smallest unit of the asset.
/// @param locked What the locks in flight add up to.
/// @param locksRoot Root of the locks in flight (see `LockLib`); zero if there are none.
struct Tally {
    uint64 nonce;
    uint128 transferred;
    uint128 locked;
    bytes32 locksRoot;
}

/// @notice What makes a voucher of a tally: the payer's signature of it, and what the payer had seen.
/// @param ack Struct hash of the newest voucher of the other one that the payer stands behind; zero if there is none.
/// @param signature The payer's.
struct Endorsement {
    bytes32 ack;
    Signature signature;
}

/// @title VoucherLib
/// @notice The hash that the payer of a voucher signs.
library VoucherLib {
    /// @dev keccak256("Voucher(bytes32 channelId,address asset,uint64 nonce,uint128 transferred,uint128 locked,bytes32 locksRoot,bytes32 ack)")
    bytes32 internal constant TYPEHASH = 0xbae93b246b02e3f002717aa88a6da7fe49822f5de96517d832b0e7d4d8b256ea;

    /// @notice EIP-712 struct hash of a voucher, by which the other one acknowledges it.
    /// @dev The payer is not a member: it is whoever signed.
    function structHash(
        bytes32 channelId,
        address asset,
        Tally memory tally,
        bytes32 ack
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, channelId, asset, tally, ack));
    }
}
