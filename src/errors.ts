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

/** Every way in which input can be refused, or the machine can fail. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "AMOUNT_OUT_OF_RANGE"
  | "ANNOUNCEMENT_INVALID"
  | "API_FAILED"
  | "API_TOKEN_WRONG"
  | "ARGUMENT_INVALID"
  | "BACKUP_EXISTS"
  | "BACKUP_MALFORMED"
  | "CHAIN_WRONG"
  | "CHANGE_REFUSED"
  | "CHANNEL_INVALID"
  | "CHANNEL_NOT_OPEN"
  | "CHANNEL_UNKNOWN"
  | "CONFIG_EXISTS"
  | "CONFIG_INVALID"
  | "CONFIG_MISSING"
  | "DESTINATION_INVALID"
  | "DISK_FULL"
  | "FOLDER_LOCKED"
  | "FOLDER_NOT_EMPTY"
  | "FUNDS_INSUFFICIENT"
  | "HEX_INVALID"
  | "INVOICE_EXPIRED"
  | "INVOICE_FOREIGN"
  | "INVOICE_INVALID"
  | "KEY_EXISTS"
  | "KEY_INVALID"
  | "KEY_IN_USE"
  | "KEY_MALFORMED"
  | "KEY_MISSING"
  | "LISTEN_FAILED"
  | "LOCK_FAILED"
  | "LOCK_INVALID"
  | "MESSAGE_MALFORMED"
  | "MOVE_INVALID"
  | "NODE_STOPPED"
  | "NODE_UNREACHABLE"
  | "NOTE_IMPOSSIBLE"
  | "NOTE_TOO_LONG"
  | "NOTHING_WAITING"
  | "NOT_CAUGHT_UP"
  | "ONION_INVALID"
  | "OUTCOME_MALFORMED"
  | "PASSWORD_WRONG"
  | "PAYEE_UNKNOWN"
  | "PAYMENT_EXISTS"
  | "PAYMENT_FAILED"
  | "PAYMENTS_UNKNOWN"
  | "PEER_SILENT"
  | "PEER_UNREACHABLE"
  | "RATE_UNKNOWN"
  | "ROUTE_INVALID"
  | "ROUTE_NOT_FOUND"
  | "RPC_UNREACHABLE"
  | "SIGNATURE_WRONG"
  | "STORE_CLOSED"
  | "STORE_CORRUPT"
  | "STORE_FAILED"
  | "STORE_MISSING"
  | "STORE_VERSION"
  | "TERMS_REFUSED"
  | "TOKEN_UNSUITABLE"
  | "TRANSACTION_REVERTED"
  | "URL_INVALID"
  | "VERSION_OUT_OF_RANGE"
  | "VOUCHER_INVALID";
