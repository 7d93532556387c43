/** An entry of a store in one string: to compare long values element by element takes ages. */
export function inText([key, value]: readonly [key: string, value: Uint8Array | undefined]): string {
  return `${key} ${value && Buffer.from(value).toString("hex")}`;
}
