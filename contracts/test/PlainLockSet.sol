// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAssetHolder} from "../interfaces/IAssetHolder.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {LockLib, LockTerms} from "../types/Locks.sol";
import {Allocation} from "../types/Outcome.sol";

/// @title PlainLockSet
/// @notice `LockSet` in plain Solidity, to compare with; and the root of locks, beside that of `LockLib`.
contract PlainLockSet {
    /// @notice A lock with its fields apart.
    struct Lock {
        uint32 position;
        uint48 expiry;
        IRegistry registry;
        bytes32 key;
        uint128 amount;
    }

    error LockUndecided(uint256 position, uint256 expiry);
    error RegistryFailed(IRegistry registry);
    error ProofWrong(bytes32 root, bytes32 computed);
    error NothingToClaim(bytes32 destination);

    IAssetHolder public immutable holder;
    mapping(bytes32 destination => mapping(address asset => mapping(uint256 word => uint256 bits))) public marks;

    constructor(IAssetHolder holder_) {
        holder = holder_;
    }

    /// @notice What `LockLib` says, on memory full of ones, and what it should say.
    function rootOf(
        bytes calldata locks,
        bytes calldata proof
    ) external pure returns (bytes32 actual, bool actualWhole, bytes32 expected, bool expectedWhole) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            for {
                let i := 0
            } lt(i, 0x4000) {
                i := add(i, 0x20)
            } {
                mstore(add(start, i), not(0))
            }
        }
        (actual, actualWhole) = LockLib.rootOf(locks, proof);
        (expected, expectedWhole) = _rootOf(locks, proof);
    }

    function claim(LockTerms calldata terms, address asset, bytes calldata locks, bytes calldata proof) external {
        (bytes32 root, bool whole) = _rootOf(locks, proof);
        if (root != terms.root) revert ProofWrong(terms.root, root);
        bytes32 termsHash = keccak256(abi.encode(terms.payer, terms.payee, terms.salt, terms.root));
        bytes32 destination = keccak256(abi.encode(address(this), termsHash));
        uint256[2] memory sums;
        bool anyNew = false;
        for (uint256 i = 0; i < locks.length / 78; ++i) {
            Lock memory lock = _lockAt(locks, i);
            uint256 bit = 1 << (lock.position % 256);
            if (marks[destination][asset][lock.position / 256] & bit != 0) continue;
            anyNew = true;
            sums[_isKnown(lock) ? 0 : 1] += lock.amount;
            if (!whole) marks[destination][asset][lock.position / 256] |= bit;
        }
        if (whole && holder.held(destination, asset) > sums[0] + sums[1]) {
            sums[1] = holder.held(destination, asset) - sums[0];
        }
        if (!anyNew && sums[1] == 0) revert NothingToClaim(destination);
        Allocation[] memory payments = new Allocation[](2);
        payments[0] = Allocation(terms.payee, sums[0]);
        payments[1] = Allocation(terms.payer, sums[1]);
        holder.release(termsHash, asset, payments);
    }

    function _isKnown(Lock memory lock) private view returns (bool) {
        (bool success, bytes memory answer) = address(lock.registry).staticcall(
            abi.encodeCall(IRegistry.knownSince, (lock.key))
        );
        if (!success || answer.length < 32) revert RegistryFailed(lock.registry);
        uint256 time = uint256(bytes32(answer));
        if (time != 0 && time <= lock.expiry) return true;
        if (block.timestamp <= lock.expiry) revert LockUndecided(lock.position, lock.expiry);
        return false;
    }

    function _rootOf(bytes calldata locks, bytes calldata proof) private pure returns (bytes32 root, bool whole) {
        uint256 tail = locks.length / 78;
        if (tail == 0 || locks.length % 78 != 0) revert LockLib.LocksMalformed(locks.length);
        bytes32[] memory queue = new bytes32[](2 * tail + proof.length);
        for (uint256 i = 0; i < tail; ++i) queue[i] = keccak256(locks[78 * i:78 * (i + 1)]);
        uint256 head = 0;
        whole = true;
        for (uint256 step = 0; step < proof.length;) {
            uint8 kind = uint8(proof[step++]);
            if (kind >= 3) {
                for (uint256 i = 0; i < kind - 2; ++i) {
                    if (tail - head < 2) revert LockLib.ProofMalformed();
                    queue[tail++] = keccak256(abi.encode(queue[head], queue[head + 1]));
                    head += 2;
                }
                continue;
            }
            bytes32 node = queue[head++];
            if (kind > 0) {
                if (proof.length - step < 32) revert LockLib.ProofMalformed();
                bytes32 neighbour = bytes32(proof[step:step + 32]);
                node = kind == 1 ? keccak256(abi.encode(node, neighbour)) : keccak256(abi.encode(neighbour, node));
                step += 32;
                whole = false;
            }
            queue[tail++] = node;
        }
        if (tail - head != 1) revert LockLib.ProofMalformed();
        root = queue[head];
    }

    function _lockAt(bytes calldata locks, uint256 index) private pure returns (Lock memory) {
        bytes calldata lock = locks[78 * index:78 * (index + 1)];
        return
            Lock({
                position: uint32(bytes4(lock[0:4])),
                expiry: uint48(bytes6(lock[4:10])),
                registry: IRegistry(address(bytes20(lock[10:30]))),
                key: bytes32(lock[30:62]),
                amount: uint128(bytes16(lock[62:78]))
            });
    }
}
