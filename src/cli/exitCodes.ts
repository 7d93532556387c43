import type { SluiceErrorCode } from "../errors";

/** How the command ends; see `docs/cli.md`. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  USAGE: 2,
  UNREACHABLE: 3,
  NOT_FOUND: 4,
  SECRET_WRONG: 5,
  INTERRUPTED: 130,
} as const;

const BY_ERROR: Partial<Record<SluiceErrorCode, number>> = {
  ADDRESS_INVALID: EXIT.USAGE,
  ARGUMENT_INVALID: EXIT.USAGE,
  CONFIG_INVALID: EXIT.USAGE,
  HEX_INVALID: EXIT.USAGE,
  NODE_STOPPED: EXIT.UNREACHABLE,
  NODE_UNREACHABLE: EXIT.UNREACHABLE,
  CHANNEL_UNKNOWN: EXIT.NOT_FOUND,
  CONFIG_MISSING: EXIT.NOT_FOUND,
  KEY_MISSING: EXIT.NOT_FOUND,
  STORE_MISSING: EXIT.NOT_FOUND,
  API_TOKEN_WRONG: EXIT.SECRET_WRONG,
  KEY_MALFORMED: EXIT.SECRET_WRONG,
  PASSWORD_WRONG: EXIT.SECRET_WRONG,
};

/** The exit code for an error of Sluice. */
export function exitCodeOf(code: SluiceErrorCode): number {
  return BY_ERROR[code] ?? EXIT.FAILED;
}
