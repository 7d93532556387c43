// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {DisputeRules} from "../../contracts/libraries/DisputeRules.sol";

/// @title DisputeRulesProof
/// @notice What the dispute rules guarantee, for all numbers there are. Each function is one theorem: what it requires
/// is the premise, what it asserts the conclusion. `npm run prove` checks them.
contract DisputeRulesProof {
    uint48 private constant FINAL_VERSION = type(uint48).max;

    /// @notice INV-3: whatever registers a state, the registered version does not fall.
    function versionsNeverFall(uint48 registered, uint256 finalizesAt, uint48 offered, bool answers) external pure {
        if (answers) DisputeRules.requireNewer(registered, offered);
        else DisputeRules.requireChallengeable(registered, finalizesAt, offered);
        assert(offered >= registered);
    }

    /// @notice After a challenge the clock runs, so the same version cannot be challenged with again.
    function everyVersionStartsAtMostOneClock(uint48 registered, uint256 finalizesAt, uint48 next) external pure {
        require(finalizesAt != 0); // a clock was started with the registered version
        DisputeRules.requireChallengeable(registered, finalizesAt, next);
        assert(next > registered);
    }

    /// @notice An answer makes progress: the rank `2 * version + (clock runs ? 1 : 0)` rises with every step, so that a
    /// dispute over `n` signed versions has at most `2 n` steps.
    function everyStepMakesProgress(
        uint48 registered,
        uint256 finalizesAt,
        uint48 offered,
        bool answers
    ) external pure {
        if (answers) DisputeRules.requireNewer(registered, offered);
        else DisputeRules.requireChallengeable(registered, finalizesAt, offered);
        uint256 rankBefore = 2 * uint256(registered) + (finalizesAt == 0 ? 0 : 1);
        uint256 rankAfter = 2 * uint256(offered) + (answers ? 0 : 1);
        assert(rankAfter > rankBefore);
    }

    /// @notice Nothing goes over a registered final state whose clock runs, and no answer at all.
    function nothingIsNewerThanFinal(
        uint48 registered,
        uint256 finalizesAt,
        uint48 offered,
        bool answers
    ) external pure {
        require(registered == FINAL_VERSION);
        require(finalizesAt != 0 || answers);
        if (answers) DisputeRules.requireNewer(registered, offered);
        else DisputeRules.requireChallengeable(registered, finalizesAt, offered);
        assert(false); // not reached
    }

    /// @notice Before the end of its clock only a final state is settled.
    function nobodySettlesEarly(uint48 registered, uint256 finalizesAt, uint256 currentTime) external pure {
        DisputeRules.requireSettleable(registered, finalizesAt, currentTime);
        assert(registered == FINAL_VERSION || (finalizesAt != 0 && currentTime >= finalizesAt));
    }

    /// @notice Opponents have the whole period to answer, and the clock ends.
    function clocksRunForThePeriod(uint256 period, uint256 start, uint256 currentTime, uint48 version) external pure {
        require(period > 0 && period <= 365 days && start < type(uint64).max);
        uint256 finalizesAt = DisputeRules.expiry(period, start);
        assert(finalizesAt == start + period && finalizesAt != 0);
        require(version != FINAL_VERSION);
        DisputeRules.requireSettleable(version, finalizesAt, currentTime);
        assert(currentTime - start >= period);
    }

    /// @notice A challenger that signed nothing newer than what it challenged with, but for one proposal and for the end
    /// of the dispute, is never punished.
    function honestChallengersAreNotPunished(
        uint48 registered,
        uint48 offered,
        uint256 signers,
        uint8 index
    ) external pure {
        bool newer = uint256(offered) > uint256(registered) + 1 && offered != FINAL_VERSION;
        bool signedNewer = newer && ((signers >> index) & 1) == 1;
        assert(signedNewer || !DisputeRules.isFraud(registered, offered, signers, index));
    }
}
