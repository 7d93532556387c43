import type { Sealed } from "./sealed";

/** New values by key; undefined deletes. */
export type Changes = ReadonlyMap<string, Sealed | undefined>;

/**
 * Stored entries as they will be once the changes to keys with this prefix are stored too, the later changes over the
 * earlier ones. In the order of the keys.
 */
export function* merge(
  stored: Iterable<readonly [key: string, sealed: Sealed]>,
  prefix: string,
  ...changes: readonly Changes[]
): Generator<readonly [key: string, sealed: Sealed]> {
  const latest = [...new Map(changes.flatMap((map) => [...map]))];
  const changed = latest.filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  let next = 0;
  const changedBefore = function* (limit: string | undefined) {
    for (; next < changed.length && (limit === undefined || changed[next]![0] < limit); next++) {
      const [key, sealed] = changed[next]!;
      if (sealed !== undefined) yield [key, sealed] as const;
    }
  };
  for (const entry of stored) {
    yield* changedBefore(entry[0]);
    if (changed[next]?.[0] !== entry[0]) yield entry;
  }
  yield* changedBefore(undefined);
}
