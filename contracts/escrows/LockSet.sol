// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAssetHolder} from "../interfaces/IAssetHolder.sol";
import {IRegistry} from "../interfaces/IRegistry.sol";
import {DestinationLib} from "../types/Destination.sol";
import {LockLib, LockTerms} from "../types/Locks.sol";
import {Allocation} from "../types/Outcome.sol";

/// @title LockSet
/// @notice Holds money under conditions: each lock pays the payee if a fact was known in time, else it returns to the payer.
/// @dev An escrow of one asset holder. A set of locks of one payer to one payee is a destination, named by `LockTerms`,
/// that a channel's outcome can pay, or anybody can deposit into: then it is a hashed timelock contract without a channel.
/// Another root, payer, payee or salt is another destination, with money of its own.
///
/// Who is paid depends on nothing but the lock and its registry. Anybody may claim, for either side, for ever, as many
/// locks at once as fit into a transaction. With `t` the registry's answer:
///
///     t != 0 and t <= expiry     the payee is paid
///     else, and now > expiry     the payer is paid
///     else                       not decided yet
///
/// INV-8: a destination pays its payer and its payee alone. INV-9: of the money that a set was funded with, each lock pays
/// once and in full, or waits. A set that holds less than its locks add up to pays those that are claimed first. One that
/// holds more pays the rest to the payer when all its locks are claimed in one call. Such a call leaves nothing behind,
/// neither money nor marks: who funds the set once more funds its locks once more. Every other claim marks what it paid.
///
/// A registry can harm only locks that name it: it is called by `staticcall`, for one word. One that fails leaves its
/// locks undecided, because whoever claims could make it fail by giving it too little gas.
contract LockSet {
    /// @dev What claimed locks pay to either side, and whether one of them was not marked before.
    struct Verdict {
        uint256 toPayee;
        uint256 toPayer;
        bool anyNew;
    }

    /// @notice Locks were claimed: so much was paid for them to either side.
    event Claimed(bytes32 indexed destination, address asset, uint256 toPayee, uint256 toPayer);

    /// @notice Claimed locks were marked: bit `i` of `bits` is the lock at position `256 * word + i`.
    event Marked(bytes32 indexed destination, address asset, uint256 word, uint256 bits);

    /// @notice Thrown when a claimed lock may still go either way: its expiry has not passed.
    error LockUndecided(uint256 position, uint256 expiry);

    /// @notice Thrown when a registry does not answer.
    error RegistryFailed(IRegistry registry);

    /// @notice Thrown when locks and proof lead to another root than that of the set.
    error ProofWrong(bytes32 root, bytes32 computed);

    /// @notice Thrown when every lock that is claimed has been claimed before.
    error NothingToClaim(bytes32 destination);

    /// @notice The asset holder where the money is.
    IAssetHolder public immutable HOLDER;

    /// @notice Which locks of a set were claimed, 256 to a word, for each asset.
    mapping(bytes32 destination => mapping(address asset => mapping(uint256 word => uint256 bits))) public marks;

    /// @notice Serves one asset holder.
    constructor(IAssetHolder holder) {
        HOLDER = holder;
    }

    /// @notice Where the money of a set is: what a channel pays, or a deposit names, to fund it.
    function destinationOf(LockTerms calldata terms) external view returns (bytes32) {
        return DestinationLib.ofEscrow(address(this), terms.hash());
    }

    /// @notice Pays locks of a set.
    /// @dev Locks that were claimed before are skipped, so that running ahead changes nothing. Reverts with
    /// `LockUndecided`, `RegistryFailed`, `ProofWrong`, `NothingToClaim`, the errors of `LockLib`, or the holder's
    /// `HeldTooLittle` when the money is not there.
    /// @param asset What the set is claimed in: what was paid into one asset says nothing about another.
    /// @param locks Packed as in `LockLib`, in the order of their positions.
    /// @param proof As in `LockLib`.
    function claim(LockTerms calldata terms, address asset, bytes memory locks, bytes calldata proof) external {
        (bytes32 root, bool whole) = LockLib.rootOf(locks, proof);
        if (root != terms.root) revert ProofWrong(terms.root, root);
        bytes32 termsHash = terms.hash();
        bytes32 destination = DestinationLib.ofEscrow(address(this), termsHash);
        Verdict memory verdict = _decide(marks[destination][asset], locks, destination, asset, whole);
        if (whole) {
            uint256 held = HOLDER.held(destination, asset);
            if (held > verdict.toPayee + verdict.toPayer) verdict.toPayer = held - verdict.toPayee;
        }
        if (!verdict.anyNew && verdict.toPayer == 0) revert NothingToClaim(destination);
        emit Claimed(destination, asset, verdict.toPayee, verdict.toPayer);
        _release(termsHash, asset, terms, verdict);
    }

    /// @dev Adds up what locks pay to either side, and marks them unless they are the `whole` set. Sums cannot overflow:
    /// amounts have 128 bits, positions 32.
    function _decide(
        mapping(uint256 word => uint256 bits) storage words,
        bytes memory locks,
        bytes32 destination,
        address asset,
        bool whole
    ) private returns (Verdict memory verdict) {
        uint256 start = 0;
        while (start < locks.length) {
            (uint256 position, , ) = LockLib.lockAt(locks, start);
            uint256 word = position >> 8;
            uint256 marked = words[word];
            uint256 added;
            (start, added) = _decideWord(locks, start, word, marked, verdict);
            if (added == 0) continue;
            verdict.anyNew = true;
            if (whole) continue;
            words[word] = marked | added;
            emit Marked(destination, asset, word, added);
        }
    }

    /// @notice Decides the locks from `start` on whose marks share a word.
    /// @dev Reverts with `LockUndecided` or `RegistryFailed`.
    /// Assembly saves about 300 gas a lock; `PlainLockSet` has the plain form.
    /// @return end Where the others start.
    /// @return added Marks of the locks that were not marked before, whose amounts are added to `verdict`.
    function _decideWord(
        bytes memory locks,
        uint256 start,
        uint256 word,
        uint256 marked,
        Verdict memory verdict
    ) private view returns (uint256 end, uint256 added) {
        bytes4 selector = IRegistry.knownSince.selector;
        uint256 failure = 0; // 1: too early, 2: the registry
        assembly ("memory-safe") {
            let question := mload(0x40) // not kept; the answer is written at 0
            mstore(question, selector)
            let lock := add(add(locks, 0x20), start)
            for {
                let last := add(add(locks, 0x20), mload(locks))
            } lt(lock, last) {
                lock := add(lock, 78)
            } {
                let head := mload(lock) // position, expiry, registry, and two bytes of the key
                if xor(shr(232, head), word) {
                    break // the mark is in another word
                }
                let bit := shl(byte(3, head), 1)
                if iszero(and(marked, bit)) {
                    mstore(add(question, 4), mload(add(lock, 30))) // the key
                    // One word of the answer is copied. (Arguments are evaluated from the right: the call comes first.)
                    let answered := and(
                        gt(returndatasize(), 0x1f), // an address without code answers nothing
                        staticcall(gas(), shr(16, head), question, 0x24, 0, 0x20)
                    )
                    let expiry := and(shr(176, head), 0xffffffffffff)
                    let known := lt(sub(mload(0), 1), expiry) // in time, and not 0, which becomes the largest number
                    if iszero(and(answered, or(known, gt(timestamp(), expiry)))) {
                        failure := sub(2, answered)
                        break
                    }
                    added := or(added, bit)
                    let amount := shr(128, mload(add(lock, 62)))
                    let side := add(verdict, shl(5, iszero(known))) // the first word of it, or the second
                    mstore(side, add(mload(side), amount))
                }
            }
            end := sub(lock, add(locks, 0x20))
        }
        if (failure != 0) {
            (uint256 position, uint256 expiry, IRegistry registry) = LockLib.lockAt(locks, end);
            if (failure == 1) revert LockUndecided(position, expiry);
            revert RegistryFailed(registry);
        }
    }

    /// @dev Leaves out who is paid nothing.
    function _release(bytes32 termsHash, address asset, LockTerms calldata terms, Verdict memory verdict) private {
        Allocation[] memory payments = new Allocation[](2);
        uint256 count = 0;
        if (verdict.toPayee > 0) payments[count++] = Allocation(terms.payee, verdict.toPayee);
        if (verdict.toPayer > 0) payments[count++] = Allocation(terms.payer, verdict.toPayer);
        assembly ("memory-safe") {
            mstore(payments, count) // not more than it was made for
        }
        if (count > 0) HOLDER.release(termsHash, asset, payments);
    }
}
