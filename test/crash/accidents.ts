import fc from "fast-check";
import { BOUNDARIES, type Boundary, type Fuse } from "./boundaries";

/** How a node, or both, come to die. */
export interface Accident {
  /** Whose end it is. Of two, the first one ends where it says, and the other one with it. */
  readonly victims: readonly (0 | 1)[];
  /** Where the first victim ends; at any moment if it is undefined. */
  readonly fuse: Fuse | undefined;
  /** Milliseconds until the end, where there is no fuse. */
  readonly delay: number;
  /** Where the first victim's next life ends, as soon as it has begun. */
  readonly rebirth: Fuse | undefined;
}

const ON_CHAIN: readonly Boundary[] = ["before a submit", "after a submit", "before a broadcast", "after a broadcast"];
const ON_RECONNECTION: readonly Boundary[] = ["before a send", "after a send", "before hearing", "after hearing"];

/** Whether a boundary is only passed when a channel is opened or closed. */
export function isOnChain({ boundary }: Fuse): boolean {
  return ON_CHAIN.includes(boundary);
}

const victims = fc.constantFrom<readonly (0 | 1)[]>([0], [1], [0, 1], [1, 0]);
const fuseAt = (boundary: Boundary) =>
  fc.nat(ON_CHAIN.includes(boundary) ? 0 : 20).map((after): Fuse => ({ boundary, after }));
const rebirth = fc.option(
  fc.constantFrom(...ON_RECONNECTION).chain((boundary) => fc.nat(4).map((after): Fuse => ({ boundary, after }))),
  { nil: undefined, freq: 2 },
);

/** The accident of a round: at each boundary in turn, and as often at any moment. */
export function accidentOf(round: number, seed: number): Accident {
  const boundary = BOUNDARIES[(round >> 1) % BOUNDARIES.length]!;
  const fuse = round % 2 === 0 ? fuseAt(boundary) : fc.constant(undefined);
  const accident = fc.record({ victims, fuse, delay: fc.nat(40), rebirth });
  return fc.sample(accident, { numRuns: 1, seed: seed + round })[0]!;
}
