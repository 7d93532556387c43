// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRegistry} from "../interfaces/IRegistry.sol";

/// @title ScalarRegistry
/// @notice Records when the private key of a point on secp256k1 became known, once and for everybody.
/// @dev The key is the x coordinate of the point whose y is even, as in BIP 340. The point with the same x and an odd y has
/// the private key `n - scalar`, so whoever knows one knows the other. Anybody may call. INV-7: what is recorded never
/// changes.
///
/// The multiplication is that of `ecrecover(h, v, r, s)`, which is the address of `(s * R - h * G) / r`, `R` being the point
/// with x = r. With s = r and h = r * (scalar - 1) that is `R - (scalar - 1) * G`: the generator if and only if
/// R = scalar * G. Because the address to be met is a constant, cheating takes a second preimage of 160 bits (2^160 steps).
/// To compare with the address of the point itself would let the maker of a key look for two points with one address,
/// which takes 2^80 steps: it could promise one and reveal the other.
contract ScalarRegistry is IRegistry {
    /// @notice A scalar came from a contract. (One that an account sends here itself is in the input of its transaction; see
    /// `PreimageRegistry`.)
    event Revealed(bytes32 indexed key, uint256 scalar);

    /// @notice Thrown when a scalar is zero, or not below the order of the curve.
    error ScalarOutOfRange(uint256 scalar);

    /// @notice Thrown when a scalar is not the private key of the point; nothing is that of a key that is no point.
    error ScalarWrong(bytes32 key, uint256 scalar);

    /// @notice Thrown when there are fewer or more scalars than keys.
    error CountMismatch(uint256 keys, uint256 scalars);

    /// @dev Order of secp256k1.
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Address of the generator, which is the point with the private key 1.
    address private constant GENERATOR = 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf;

    /// @inheritdoc IRegistry
    /// @dev Stored at the slot that is the key itself. There is no other storage.
    function knownSince(bytes32 key) public view returns (uint256 time) {
        assembly ("memory-safe") {
            time := sload(key)
        }
    }

    /// @notice Makes the private key of a point known. Does nothing if it is known already: the first time stays.
    /// @dev Reverts with `ScalarOutOfRange` or `ScalarWrong`.
    function reveal(bytes32 key, uint256 scalar) external {
        if (!_record(key, scalar)) return;
        bool isInBlock;
        assembly ("memory-safe") {
            isInBlock := iszero(or(xor(caller(), origin()), extcodesize(caller()))) // as in `PreimageRegistry.reveal`
        }
        if (!isInBlock) emit Revealed(key, scalar);
    }

    /// @notice Makes several private keys known. Those that are known already change nothing.
    /// @dev All or nothing: one that is wrong reverts the call.
    function revealSeveral(bytes32[] calldata keys, uint256[] calldata scalars) external {
        if (keys.length != scalars.length) revert CountMismatch(keys.length, scalars.length);
        for (uint256 i = 0; i < keys.length; ++i) if (_record(keys[i], scalars[i])) emit Revealed(keys[i], scalars[i]);
    }

    /// @dev Returns whether it is news.
    function _record(bytes32 key, uint256 scalar) private returns (bool) {
        if (scalar == 0 || scalar >= ORDER) revert ScalarOutOfRange(scalar);
        bytes32 digest = bytes32(mulmod(uint256(key), scalar - 1, ORDER));
        if (ecrecover(digest, 27, key, key) != GENERATOR) revert ScalarWrong(key, scalar);
        if (knownSince(key) != 0) return false;
        assembly ("memory-safe") {
            sstore(key, timestamp())
        }
        return true;
    }
}
