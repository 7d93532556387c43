// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Payout} from "../../contracts/libraries/Payout.sol";

/// @title PayoutProof
/// @notice What the payout guarantees, for all amounts there are: steps of an induction over the allocations.
contract PayoutProof {
    /// @notice INV-5: a payment is at most what is owed, and at most what is there.
    function paysNoMoreThanOwedOrHeld(uint256 owed, uint256 held) external pure {
        uint256 paid = Payout.payment(owed, held);
        assert(paid <= owed);
        assert(paid <= held);
    }

    /// @notice Whoever is not paid in full leaves nothing to those after it.
    function earlierAllocationsComeFirst(uint256 owed, uint256 next, uint256 held) external pure {
        uint256 paid = Payout.payment(owed, held);
        if (paid < owed) assert(Payout.payment(next, held - paid) == 0);
    }

    /// @notice No money stays behind while somebody is owed.
    function nothingIsHeldBack(uint256 owed, uint256 held) external pure {
        uint256 paid = Payout.payment(owed, held);
        assert(paid == owed || paid == held);
    }

    /// @notice What was paid and what is left stay what was held: the step of the loop.
    function moneyIsConserved(uint256 held, uint256 left, uint256 owed) external pure {
        require(left <= held);
        uint256 paidBefore = held - left;
        uint256 paid = Payout.payment(owed, left);
        left -= paid;
        assert(left <= held);
        assert(held - left == paidBefore + paid);
    }

    /// @notice Money that comes in two parts pays what it would have paid at once: the first allocation …
    function partsPayTheFirstLikeTheWhole(uint128 owed, uint128 first, uint128 second) external pure {
        uint256 now_ = Payout.payment(owed, first);
        uint256 later = Payout.payment(owed - now_, first - now_ + second);
        assert(now_ + later == Payout.payment(owed, uint256(first) + second));
    }

    /// @notice … and any later one.
    function partsPayTheNextLikeTheWhole(uint128 owed, uint128 next, uint128 first, uint128 second) external pure {
        uint256 one = Payout.payment(owed, first);
        uint256 two = Payout.payment(next, first - one);
        uint256 held = first - one - two + uint256(second);
        uint256 oneLater = Payout.payment(owed - one, held);
        uint256 twoLater = Payout.payment(next - two, held - oneLater);
        uint256 all = uint256(first) + second;
        assert(two + twoLater == Payout.payment(next, all - Payout.payment(owed, all)));
    }

    /// @notice More money pays nobody less.
    function moreMoneyPaysNobodyLess(uint256 owed, uint256 held, uint256 more) external pure {
        require(more >= held);
        assert(Payout.payment(owed, more) >= Payout.payment(owed, held));
    }
}
