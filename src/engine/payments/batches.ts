/**
 * Calls for several locks at once. Their names say which locks they are for, so that nothing has to be remembered of them, and
 * the same call has the same name after a crash.
 */
import type { Draft } from "../draft";

/** Most locks of one call: their numbers share all but the last bits. */
const SIZE = 64;

/** Sorts what has numbers into calls. @returns what each is for, by what its name ends with */
export function batchesOf<T>(items: readonly T[], numberOf: (item: T) => number): Map<string, T[]> {
  const batches = new Map<number, T[]>();
  for (const item of items) {
    const batch = Math.floor(numberOf(item) / SIZE);
    batches.set(batch, [...(batches.get(batch) ?? []), item]);
  }
  const nameOf = ([batch, members]: [number, T[]]) => {
    const bits = members.reduce((set, item) => set | (1n << BigInt(numberOf(item) % SIZE)), 0n);
    return [`${batch}:${bits.toString(16)}`, members] as const;
  };
  return new Map([...batches].map(nameOf));
}

/** The numbers that the name of a call stands for. */
export function numbersIn(name: string): number[] {
  const [batch, digits] = name.split(":").slice(-2);
  const bits = BigInt(`0x${digits}`);
  const within = Array.from({ length: SIZE }, (_, i) => i).filter((i) => (bits >> BigInt(i)) & 1n);
  return within.map((i) => Number(batch) * SIZE + i);
}

/** The numbers of all calls under way whose names begin like this. */
export function underWay({ record, session }: Draft, prefix: string): ReadonlySet<number> {
  const names = session.submitted.filter((id) => id.startsWith(`${record.id}:${prefix}`));
  return new Set(names.flatMap(numbersIn));
}
