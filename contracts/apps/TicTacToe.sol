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
///
/// Sign in two steps. Before depositing: a state that returns the stakes and holds no position (empty `appData`), on which
/// nobody can move. Once both stakes are there: the opening state, with the empty board. Whoever signs the opening state
/// earlier lets an opponent play that has put in nothing.
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

    /// @dev All nine fields.
    uint16 private constant FULL = 0x1ff;

    /// @dev Three rows, three columns and two diagonals, 16 bits each.
    uint256 private constant LINES = 0x0007_0038_01c0_0049_0092_0124_0111_0054;

    /// @dev Bytes of an encoded `Game`.
    uint256 private constant GAME_SIZE = 7 * 32;

    /// @notice Thrown when the channel has more than two players.
    error PlayersNotTwo(uint256 players);

    /// @notice Thrown when `appData` has the wrong length to be a position; so has that of a state signed before the game
    /// was opened.
    error PositionMalformed(uint256 expected, uint256 actual);

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
        Game memory before = _positionOf(previous);
        Game memory game = _positionOf(next);
        if (_termsOf(before) != _termsOf(game)) revert StakesChanged();
        if (_isOver(before.marks)) revert GameOver();
        _requireOneMark(before.marks, game.marks, mover);
        bytes memory expected = _payoutOf(game, mover);
        if (keccak256(next.outcome) != keccak256(expected)) revert OutcomeWrong(expected, next.outcome);
    }

    /// @notice Whether three of these marks are in a row, column or diagonal.
    function hasThree(uint16 marks) public pure returns (bool) {
        for (uint256 lines = LINES; lines != 0; lines >>= 16) {
            uint16 line = uint16(lines);
            if (marks & line == line) return true;
        }
        return false;
    }

    /// @dev Bytes beyond a position are refused: whoever answers would have to pay for them. (Unclean upper bits of an
    /// address or of marks are refused by the decoder.)
    function _positionOf(State calldata state) private pure returns (Game memory) {
        if (state.appData.length != GAME_SIZE) revert PositionMalformed(GAME_SIZE, state.appData.length);
        return abi.decode(state.appData, (Game));
    }

    function _isOver(uint16[2] memory marks) private pure returns (bool) {
        if ((marks[0] | marks[1]) == FULL) return true;
        return hasThree(marks[0]) || hasThree(marks[1]);
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
