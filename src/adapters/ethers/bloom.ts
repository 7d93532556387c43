import { getBytes, keccak256 } from "ethers";
import type { Address, Hex } from "../../protocol/types";

/**
 * Whether a block may hold logs of an address, by the filter in its header: three bits are set for each address and topic.
 * False if it surely holds none, or has no filter.
 */
export function mayHold(logsBloom: Hex | undefined, address: Address): boolean {
  if (logsBloom === undefined) return false;
  const filter = getBytes(logsBloom);
  const hash = getBytes(keccak256(address));
  return [0, 2, 4].every((i) => {
    const bit = ((hash[i]! << 8) | hash[i + 1]!) & 2047;
    return ((filter[255 - (bit >> 3)]! >> (bit & 7)) & 1) === 1;
  });
}
