// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Channel} from "../types/Channel.sol";
import {SignedState} from "../types/State.sol";

/// @title IApp
/// @notice The rules of a channel: which states count that not everybody has signed.
/// @dev Write one contract per game, swap or meter; the channel names it in `Channel.app`. A faulty app can harm only
/// the channels that chose it. It is asked by `staticcall` and never about a state that all participants signed.
interface IApp {
    /// @notice Returns if `candidate` counts, reverts with an error of the app's own if not.
    /// @dev The answer must depend on the arguments alone: what was supported once must stay so.
    /// @param channelId Identity of the channel; bind whatever the app verifies itself to it.
    /// @param channel The channel's terms.
    /// @param proof States that lead to the candidate, oldest first, with the participants that signed each.
    /// @param candidate The state in question, with the participants that signed it.
    /// @param registered Whether `proof[0]` is the state the adjudicator has on record. It was found supported before,
    /// whoever signed it.
    function requireSupported(
        bytes32 channelId,
        Channel calldata channel,
        SignedState[] calldata proof,
        SignedState calldata candidate,
        bool registered
    ) external view;
}
