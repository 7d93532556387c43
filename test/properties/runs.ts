import type { Parameters } from "fast-check";

/**
 * How often a property runs. `SLUICE_RUNS` multiplies it, for a long campaign or a short look; `SLUICE_SEED` and
 * `SLUICE_PATH` replay a failure that was printed (name the test with `--grep`). The model test prints a `replayPath`
 * as well, which tells which of the commands ran: that is `SLUICE_REPLAY`.
 */
export function runs<T = unknown>(usual: number): Parameters<T> {
  const seed = process.env["SLUICE_SEED"];
  const path = process.env["SLUICE_PATH"];
  return {
    numRuns: Math.max(1, Math.round(usual * Number(process.env["SLUICE_RUNS"] ?? 1))),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}

/** How often a differential property runs. */
export const USUAL_RUNS = 200;
