import type { Call } from "../../../../src/engine/calls";
import type { Address, Hex } from "../../../../src/protocol/types";
import { hashWord, uintWord } from "../../../../src/protocol/words";

/** What a registry knows of a key. */
interface Known {
  readonly since: bigint;
  readonly secret: Hex;
}

type Reveal = Extract<Call, { kind: "revealPreimages" | "revealScalars" }>;

/** A model of the registries: what was shown first stays. */
export class Registries {
  private readonly known: Map<string, Known>;

  constructor(before?: Registries) {
    this.known = new Map(before?.known);
  }

  get(registry: Address, key: Hex): Known | undefined {
    return this.known.get(registry + key);
  }

  /** Scalars are taken as they are: whether they fit is for the contract's own tests. */
  reveal(call: Reveal, time: bigint): void {
    const secrets =
      call.kind === "revealPreimages" ? call.preimages : call.scalars.map((one): Hex => `0x${uintWord(one)}`);
    for (const [i, secret] of secrets.entries()) {
      const key: Hex = call.kind === "revealPreimages" ? `0x${hashWord(secret)}` : call.keys[i]!;
      const name = call.registry + key;
      if (!this.known.has(name)) this.known.set(name, { since: time, secret });
    }
  }
}
