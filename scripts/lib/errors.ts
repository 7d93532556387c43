/** A mistake in how a command was called or set up. `message` says what is wrong and what to do about it. */
export class CommandError extends Error {
  constructor(
    readonly code: CommandErrorCode,
    message: string,
  ) {
    super(message);
    this.name = "CommandError";
  }
}

export type CommandErrorCode =
  | "ADDRESS_UNEXPECTED"
  | "ARGUMENT_INVALID"
  | "CHAIN_WRONG"
  | "FACTORY_MISSING"
  | "FUNDS_MISSING"
  | "KEY_MALFORMED"
  | "NETWORK_UNKNOWN"
  | "NODE_FAILED"
  | "RPC_FAILED"
  | "VARIABLE_INVALID"
  | "VARIABLE_MISSING";

/** What went wrong, for a person. */
export function describeError(error: unknown): string {
  if (error instanceof CommandError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
