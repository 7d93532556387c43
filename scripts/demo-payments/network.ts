import { parseEther } from "ethers";

/** Who is there. Alice pays Bob; the others have channels between. */
export const NAMES = ["Alice", "Ingrid", "Carol", "Dave", "Bob"] as const;

export type Name = (typeof NAMES)[number];

/** The units of the two currencies; both have 18 decimals. */
export const UNITS = ["ETH", "TUSD"] as const;

export type Unit = (typeof UNITS)[number];

/** A channel, and what the two put into it, of each currency. */
export interface Link {
  readonly between: readonly [Name, Name];
  readonly puts: Readonly<Record<Unit, readonly [bigint, bigint]>>;
}

/** Every way from Alice to Bob has three hops: over Ingrid and Carol, who is cheaper, or over Ingrid and Dave. */
export const LINKS: readonly Link[] = [
  link("Alice", "Ingrid", 400n, 100n),
  link("Ingrid", "Carol", 200n, 100n),
  link("Ingrid", "Dave", 300n, 100n),
  link("Carol", "Bob", 100n, 100n),
  link("Dave", "Bob", 200n, 100n),
];

/** Millionths of what they pass on that people keep. */
export const FEES: Readonly<Record<Name, bigint>> = {
  Alice: 1_000n,
  Ingrid: 1_000n,
  Carol: 1_000n,
  Dave: 3_000n,
  Bob: 1_000n,
};

/** Dollars, and a hundredth as much ether. */
function link(first: Name, second: Name, firstPuts: bigint, secondPuts: bigint): Link {
  const dollars = [parseEther(`${firstPuts}`), parseEther(`${secondPuts}`)] as const;
  return { between: [first, second], puts: { ETH: [dollars[0] / 100n, dollars[1] / 100n], TUSD: dollars } };
}
