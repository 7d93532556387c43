// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title OddToken
/// @notice Misbehaviour: answers transfers in every way but the standard one, and counts without checks, so that it can
/// claim to have moved any amount any number of times.
contract OddToken {
    /// @dev What transfers answer. `Nothing` is what USDT does, and honest; so is `True`. `Take` says `True`, but lowers
    /// the balance of the receiver.
    enum Answer {
        True,
        Nothing,
        False,
        Two,
        Short,
        Bomb,
        Take
    }

    mapping(address account => uint256) public balanceOf;
    Answer public answer;

    /// @notice Chooses what transfers answer from now on. All but `False` and `Take` move the money.
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
        if (how == Answer.Take) {
            balanceOf[to] -= amount;
        } else if (how != Answer.False) {
            unchecked {
                balanceOf[from] -= amount;
                balanceOf[to] += amount;
            }
        }
        if (how == Answer.Nothing) return;
        uint256 word = 1;
        uint256 size = 32;
        if (how == Answer.False) word = 0;
        if (how == Answer.Two) word = 2;
        if (how == Answer.Short) size = 31;
        if (how == Answer.Bomb) size = 100_000;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, word)
            return(buffer, size)
        }
    }
}
