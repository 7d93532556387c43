import { SluiceError } from "../../../src";

/** Runs what must be refused, and returns the error; every other error goes through. */
export function refusal(act: () => unknown): SluiceError {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}
