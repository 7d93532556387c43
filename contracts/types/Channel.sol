// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Everything that is fixed for the life of a channel.
/// @dev The channel id is the EIP-712 digest of this struct under the adjudicator's domain: it binds every field, the
/// chain and the contract. Channels that differ in any of them share no signature.
/// @param participants Signing keys, 2 to `ChannelLib.MAX_PARTICIPANTS`, strictly ascending: that one rule excludes the
/// zero key and repeated keys, and gives one group of people one order of turns.
/// @param nonce Tells apart channels that agree in everything else. Never use one twice.
/// @param app Contract that is asked when signatures are missing; `address(0)` accepts nothing but unanimity.
/// @param challengePeriod Seconds there are to answer a challenge, 1 to `ChannelLib.MAX_CHALLENGE_PERIOD`.
/// @param bond Native coin (wei) that whoever challenges must post; 0 for none.
struct Channel {
    address[] participants;
    bytes32 nonce;
    address app;
    uint256 challengePeriod;
    uint256 bond;
}

using ChannelLib for Channel global;

/// @title ChannelLib
/// @notice The identity of a channel and the limits its terms must keep.
library ChannelLib {
    /// @notice Most participants of one channel.
    /// @dev Each can own two of the `OutcomeLib.MAX_ALLOCATIONS` payments, and all signatures cost about 130,000 gas.
    uint256 internal constant MAX_PARTICIPANTS = 32;

    /// @notice Longest time to answer: one year. It keeps clocks from overflowing and money from being out of reach.
    uint256 internal constant MAX_CHALLENGE_PERIOD = 365 days;

    /// @dev keccak256("Channel(address[] participants,bytes32 nonce,address app,uint256 challengePeriod,uint256 bond)")
    bytes32 internal constant TYPEHASH = 0x67aea27a4bc2eac3d4a05494f9dfdc2e1d4a4aeb60b9bf937a0af6a1a10be5c7;

    /// @notice Thrown when a channel has fewer than 2 or too many participants.
    error ParticipantCountOutOfRange(uint256 count, uint256 maximum);

    /// @notice Thrown when participants are not strictly ascending: one is zero, repeated or out of order.
    error ParticipantsNotAscending(uint256 index);

    /// @notice Thrown when a challenge period is zero or longer than a year.
    error ChallengePeriodOutOfRange(uint256 challengePeriod, uint256 maximum);

    /// @notice EIP-712 struct hash of a channel.
    /// @dev Assembly saves about 350 gas over `abi.encode` in every call that takes a channel. It copies words as they
    /// are: unclean upper bits of an address give another id, never the id of the clean channel.
    /// @param participants `channel.participants`, which the caller has located already.
    function structHash(
        Channel calldata channel,
        address[] calldata participants
    ) internal pure returns (bytes32 result) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let buffer := mload(0x40) // scratch space beyond the free pointer, not kept
            let size := shl(5, participants.length)
            calldatacopy(buffer, participants.offset, size)
            mstore(add(buffer, 0x20), keccak256(buffer, size)) // an array hashes as its elements
            mstore(buffer, typehash)
            calldatacopy(add(buffer, 0x40), add(channel, 0x20), 0x80) // nonce, app, challengePeriod, bond
            result := keccak256(buffer, 0xc0)
        }
    }

    /// @notice Reverts unless opponents have some time, and not for ever, to answer.
    function requireValidChallengePeriod(Channel calldata channel) internal pure {
        uint256 period = channel.challengePeriod;
        if (period == 0 || period > MAX_CHALLENGE_PERIOD) {
            revert ChallengePeriodOutOfRange(period, MAX_CHALLENGE_PERIOD);
        }
    }
}
