// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Reenterer
/// @notice Misbehaviour: whenever it is called or paid, it makes the calls that were planned, and reports how they went.
contract Reenterer {
    /// @notice A planned call was made.
    event Called(bytes4 indexed selector, bool success, bytes result);

    address private _target;
    Blob[] private _calls;

    /// @notice Plans a call. Call data waits as code, which is cheap to read back under a gas limit.
    function plan(address target, bytes calldata data) external {
        _target = target;
        _calls.push(new Blob(data));
    }

    /// @notice Calls any contract in the name of this account.
    function execute(address target, bytes calldata data) external payable {
        (bool success, bytes memory result) = target.call{value: msg.value}(data);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(result, 0x20), mload(result))
        }
    }

    receive() external payable {
        for (uint256 i = 0; i < _calls.length; ++i) {
            bytes memory data = address(_calls[i]).code;
            (bool success, bytes memory result) = _target.call(data);
            emit Called(bytes4(data), success, result);
        }
    }
}

/// @title Blob
/// @notice Bytes as the code of an account.
contract Blob {
    constructor(bytes memory data) {
        assembly ("memory-safe") {
            return(add(data, 0x20), mload(data))
        }
    }
}
