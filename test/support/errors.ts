import { expect } from "chai";
import { SluiceError, type SluiceErrorCode } from "../../src/errors";

/** Expects this to fail with this code. Returns the error. */
export async function expectError(code: SluiceErrorCode, action: () => unknown): Promise<SluiceError> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  if (!(error instanceof SluiceError)) throw error ?? new Error(`expected ${code}, but nothing failed`);
  expect(error.code).to.equal(code);
  return error;
}
