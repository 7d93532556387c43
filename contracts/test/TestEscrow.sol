// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAssetHolder} from "../interfaces/IAssetHolder.sol";
import {Allocation} from "../types/Outcome.sol";

/// @title TestEscrow
/// @notice Misbehaviour: an escrow without rules. It releases whatever it is told, to show what an escrow can reach.
contract TestEscrow {
    IAssetHolder private immutable _holder;

    constructor(IAssetHolder holder) {
        _holder = holder;
    }

    function release(bytes32 terms, address asset, Allocation[] calldata payments) external {
        _holder.release(terms, asset, payments);
    }
}
