/**
 * An error of this library. `message` says what happened; `remedy` says what was kept safe and what to do next.
 */
export class SluiceError extends Error {
  constructor(
    readonly code: SluiceErrorCode,
    message: string,
    readonly remedy: string,
  ) {
    super(`${message} ${remedy}`);
    this.name = "SluiceError";
  }
}

/** Every way in which input can be refused. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "AMOUNT_OUT_OF_RANGE"
  | "CHANNEL_INVALID"
  | "DESTINATION_INVALID"
  | "HEX_INVALID"
  | "KEY_INVALID"
  | "MOVE_INVALID"
  | "OUTCOME_MALFORMED"
  | "SIGNATURE_WRONG"
  | "VERSION_OUT_OF_RANGE";
