/** The custom error a call on the in-process chain reverted with, as `Name(arguments)`. Anything else is thrown on. */
export function revertOf(error: unknown): string {
  const [, revert] = /reverted with custom error '(.+)'/s.exec(error instanceof Error ? error.message : "") ?? [];
  if (revert === undefined) throw error;
  return revert;
}
