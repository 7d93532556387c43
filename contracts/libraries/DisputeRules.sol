// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {StateLib} from "../types/State.sol";

/// @title DisputeRules
/// @notice What is newer, when a clock may start, when it has run out, and what proves fraud.
/// @dev Pure functions of numbers: time is an argument. They are all there is to decide in a dispute; the adjudicator
/// only loads, applies and stores. `docs/protocol.md` draws them as a state machine.
library DisputeRules {
    /// @notice Thrown when a state is not newer than the registered one.
    error VersionNotNewer(uint48 registered, uint48 offered);

    /// @notice Thrown when settling a channel whose clock was stopped by an answer.
    error ClockStopped();

    /// @notice Thrown when settling before the clock has run out.
    error ClockRunning(uint256 finalizesAt, uint256 currentTime);

    /// @notice Reverts unless `version` may be challenged with over a registered dispute.
    /// @dev Strictly newer, with one exception: an answer that stopped the clock may itself be challenged with, once,
    /// because it can be the newest state its holder has. Either way each version starts at most one clock.
    function requireChallengeable(uint48 registered, uint256 finalizesAt, uint48 version) internal pure {
        bool answered = finalizesAt == 0;
        if (version < registered || (version == registered && !answered)) revert VersionNotNewer(registered, version);
    }

    /// @notice Reverts unless `version` answers a registered dispute: strictly newer.
    function requireNewer(uint48 registered, uint48 version) internal pure {
        if (version <= registered) revert VersionNotNewer(registered, version);
    }

    /// @notice Reverts unless the registered state may be settled: a clock was started and has run out
    /// (`currentTime >= finalizesAt`), or the state is final, so that nothing could answer it.
    function requireSettleable(uint48 registered, uint256 finalizesAt, uint256 currentTime) internal pure {
        if (registered == StateLib.FINAL_VERSION) return;
        if (finalizesAt == 0) revert ClockStopped();
        if (currentTime < finalizesAt) revert ClockRunning(finalizesAt, currentTime);
    }

    /// @notice When a clock that starts now runs out.
    /// @dev Cannot overflow: the period is at most a year.
    function expiry(uint256 challengePeriod, uint256 currentTime) internal pure returns (uint256) {
        return currentTime + challengePeriod;
    }

    /// @notice Whether overriding a challenge proves that the challenger lied: it had signed something newer, and not
    /// only proposed it.
    /// @dev Two newer states prove nothing. The next version may be a proposal of the challenger that nobody countersigned
    /// for it to challenge with. A final state may be the agreement that ends the dispute.
    /// @param signers Who signed the overriding state.
    /// @param challengerIndex Position of the challenger among the participants.
    function isFraud(
        uint48 registered,
        uint48 version,
        uint256 signers,
        uint256 challengerIndex
    ) internal pure returns (bool) {
        bool innocent = version <= uint256(registered) + 1 || version == StateLib.FINAL_VERSION;
        return !innocent && (signers >> challengerIndex) & 1 != 0;
    }
}
