/**
 * An error of this library. `summary` says what happened; `remedy` says what was kept safe and what to do next; `message`
 * says both.
 */
export class SluiceError extends Error {
  constructor(
    readonly code: SluiceErrorCode,
    readonly summary: string,
    readonly remedy: string,
  ) {
    super(`${summary} ${remedy}`);
    this.name = "SluiceError";
  }
}

/** Every way in which input can be refused. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "AMOUNT_OUT_OF_RANGE"
  | "API_FAILED"
  | "API_TOKEN_WRONG"
  | "ARGUMENT_INVALID"
  | "CHANGE_REFUSED"
  | "CHANNEL_INVALID"
  | "CHANNEL_NOT_OPEN"
  | "CHANNEL_UNKNOWN"
  | "CONFIG_INVALID"
  | "CONFIG_MISSING"
  | "DESTINATION_INVALID"
  | "FILE_EXISTS"
  | "FILE_FAILED"
  | "FUNDS_INSUFFICIENT"
  | "HEX_INVALID"
  | "KEY_MISSING"
  | "MOVE_INVALID"
  | "NODE_STOPPING"
  | "NODE_UNREACHABLE"
  | "OUTCOME_MALFORMED"
  | "PASSWORD_WRONG"
  | "PEER_SILENT"
  | "SIGNATURE_WRONG"
  | "TERMS_REFUSED"
  | "VERSION_OUT_OF_RANGE";
