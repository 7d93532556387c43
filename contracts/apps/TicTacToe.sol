// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Channel} from "../types/Channel.sol";
import {State} from "../types/State.sol";
import {TurnTakingApp} from "./TurnTakingApp.sol";

/// @title TicTacToe
/// @notice Two players take turns to mark one of nine fields. Three in a row take both stakes; a full board without
/// three in a row returns them; whoever falls silent loses.
/// @dev Participant `v % 2` makes the move of version `v`, so the opening state decides by its version who starts.
/// Silence loses because each move pays everything to its mover until the other has answered.
contract TicTacToe is TurnTakingApp {
    /// @notice A position. The `appData` of a state is its ABI encoding.
    /// @param asset What is played for.
    /// @param destinations Where each player is paid.
    /// @param stakes What each player put in.
    /// @param marks Fields of each player: bit `i` is field `i`, row by row.
    struct Game {
        address asset;
        bytes32[2] destinations;
        uint256[2] stakes;
        uint16[2] marks;
    }

    uint16 private constant FULL = 0x1ff;

    /// @notice Thrown when the channel has more than two players.
    error PlayersNotTwo(uint256 players);

    /// @notice Thrown when a move changes what is played for.
    error StakesChanged();

    /// @notice Thrown when there was nothing left to play.
    error GameOver();

    /// @notice Thrown when a move does not add exactly one mark of the mover on an empty field.
    error MoveInvalid(uint16[2] previous, uint16[2] next);

    /// @notice Thrown when the outcome is not what the position pays.
    error OutcomeWrong(bytes expected, bytes actual);

    /// @inheritdoc TurnTakingApp
    function _requireMove(
        Channel calldata channel,
        State calldata previous,
        State calldata next,
        uint256 mover
    ) internal pure override {
        if (channel.participants.length != 2) revert PlayersNotTwo(channel.participants.length);
        Game memory before = abi.decode(previous.appData, (Game));
        Game memory game = abi.decode(next.appData, (Game));
        if (_termsOf(before) != _termsOf(game)) revert StakesChanged();
        if (_isOver(before.marks)) revert GameOver();
        _requireOneMark(before.marks, game.marks, mover);
        bytes memory expected = _payoutOf(game, mover);
        if (keccak256(next.outcome) != keccak256(expected)) revert OutcomeWrong(expected, next.outcome);
    }

    /// @notice Whether three of these marks are in a row, column or diagonal.
    function hasThree(uint16 marks) public pure returns (bool) {
        uint16[8] memory lines = [0x007, 0x038, 0x1c0, 0x049, 0x092, 0x124, 0x111, uint16(0x054)];
        for (uint256 i = 0; i < lines.length; ++i) {
            if (marks & lines[i] == lines[i]) return true;
        }
        return false;
    }

    function _isOver(uint16[2] memory marks) private pure returns (bool) {
        return (marks[0] | marks[1]) == FULL || hasThree(marks[0]) || hasThree(marks[1]);
    }

    function _requireOneMark(uint16[2] memory before, uint16[2] memory marks, uint256 mover) private pure {
        uint16 added = before[mover] ^ marks[mover];
        bool oneField = added != 0 && added & (added - 1) == 0 && added <= FULL;
        bool empty = added & (before[0] | before[1]) == 0;
        if (!oneField || !empty || before[1 - mover] != marks[1 - mover]) revert MoveInvalid(before, marks);
    }

    /// @dev What is paid if nothing follows: the stakes of a draw, else everything to whoever moved.
    function _payoutOf(Game memory game, uint256 mover) private pure returns (bytes memory) {
        bool full = (game.marks[0] | game.marks[1]) == FULL;
        bool draw = full && !hasThree(game.marks[mover]);
        uint256[2] memory amounts = game.stakes;
        if (!draw) {
            amounts[mover] = game.stakes[0] + game.stakes[1];
            amounts[1 - mover] = 0;
        }
        return
            abi.encodePacked(game.asset, uint8(2), game.destinations[0], amounts[0], game.destinations[1], amounts[1]);
    }

    function _termsOf(Game memory game) private pure returns (bytes32) {
        return keccak256(abi.encode(game.asset, game.destinations, game.stakes));
    }
}
