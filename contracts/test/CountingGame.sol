// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TurnTakingApp} from "../apps/TurnTakingApp.sol";
import {Channel} from "../types/Channel.sol";
import {State} from "../types/State.sol";

/// @title CountingGame
/// @notice The smallest game for any number of players: each adds one or two to a count. Whoever moved last owns the pot.
contract CountingGame is TurnTakingApp {
    /// @notice Thrown when a move does not add one or two.
    error CountWrong(uint256 previous, uint256 next);

    /// @notice Thrown when a move was not found to be made by the participant that made it.
    error MoverWrong(uint256 mover);

    /// @inheritdoc TurnTakingApp
    function _requireMove(
        Channel calldata channel,
        State calldata previous,
        State calldata next,
        uint256 mover
    ) internal pure override {
        if (mover != next.version % channel.participants.length) revert MoverWrong(mover);
        uint256 before = abi.decode(previous.appData, (uint256));
        uint256 count = abi.decode(next.appData, (uint256));
        if (count != before + 1 && count != before + 2) revert CountWrong(before, count);
    }
}
