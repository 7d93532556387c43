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

/** Every way in which input can be refused, or the machine can fail. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "AMOUNT_OUT_OF_RANGE"
  | "BACKUP_EXISTS"
  | "BACKUP_MALFORMED"
  | "CHANNEL_INVALID"
  | "DESTINATION_INVALID"
  | "DISK_FULL"
  | "FOLDER_LOCKED"
  | "FOLDER_NOT_EMPTY"
  | "HEX_INVALID"
  | "KEY_EXISTS"
  | "KEY_IN_USE"
  | "KEY_MALFORMED"
  | "KEY_MISSING"
  | "LOCK_FAILED"
  | "MOVE_INVALID"
  | "OUTCOME_MALFORMED"
  | "PASSWORD_WRONG"
  | "SIGNATURE_WRONG"
  | "STORE_CLOSED"
  | "STORE_CORRUPT"
  | "STORE_FAILED"
  | "STORE_MISSING"
  | "STORE_VERSION"
  | "VERSION_OUT_OF_RANGE";
