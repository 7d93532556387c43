// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IApp} from "../interfaces/IApp.sol";
import {Channel} from "../types/Channel.sol";
import {SignedState} from "../types/State.sol";

/// @title ConfigurableApp
/// @notice An app that behaves as badly as a test wants it to, and changes its mind when told.
contract ConfigurableApp is IApp {
    enum Behaviour {
        Accept,
        Refuse,
        Echo,
        BurnGas,
        ReturnGarbage
    }

    /// @notice What `Refuse` reverts with.
    error CandidateRefused(uint48 version);

    /// @notice What `Echo` reverts with: everything the app was asked.
    error Asked(
        bytes32 channelId,
        address app,
        uint48[] proofVersions,
        uint48 version,
        uint256 signers,
        bool registered
    );

    Behaviour public behaviour;

    function configure(Behaviour next) external {
        behaviour = next;
    }

    /// @inheritdoc IApp
    function requireSupported(
        bytes32 channelId,
        Channel calldata channel,
        SignedState[] calldata proof,
        SignedState calldata candidate,
        bool registered
    ) external view {
        uint48 version = candidate.state.version;
        if (behaviour == Behaviour.Refuse) revert CandidateRefused(version);
        if (behaviour == Behaviour.Echo) {
            uint48[] memory versions = new uint48[](proof.length);
            for (uint256 i = 0; i < proof.length; ++i) versions[i] = proof[i].state.version;
            revert Asked(channelId, channel.app, versions, version, candidate.signers, registered);
        }
        if (behaviour == Behaviour.BurnGas) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        if (behaviour == Behaviour.ReturnGarbage) {
            assembly ("memory-safe") {
                return(0, 0x10000)
            }
        }
    }
}
