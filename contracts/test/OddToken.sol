// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title OddToken
/// @notice Misbehaviour: answers transfers in every way but the standard one, and counts without checks, so that it can
/// claim to have moved any amount any number of times.
contract OddToken {
    /// @dev What transfers answer. `Nothing` is what USDT does, and honest; so is `True`.
    enum Answer {
        True,
        Nothing,
        False,
        Two,
        Short,
        Bomb
    }

    mapping(address account => uint256) public balanceOf;
    Answer public answer;

    /// @notice Chooses what transfers answer from now on. All but `False` move the money.
    function setAnswer(Answer answer_) external {
        answer = answer_;
    }

    function setBalance(address account, uint256 amount) external {
        balanceOf[account] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    /// @dev Needs no allowance and no balance.
    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        Answer how = answer;
        if (how != Answer.False) {
            unchecked {
                balanceOf[from] -= amount;
                balanceOf[to] += amount;
            }
        }
        if (how == Answer.Nothing) return;
        uint256 word =
            how == Answer.True || how == Answer.Bomb
                ? 1
                : how == Answer.Two
                    ? 2
                    : 0;
        uint256 size =
            how == Answer.Short
                ? 31
                : how == Answer.Bomb
                    ? 100_000
                    : 32;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, word)
            return(buffer, size)
        }
    }
}
