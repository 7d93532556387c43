/** Options and arguments that several commands share. */
import type { Command } from "commander";

/** Describes an argument that names a channel. */
export const CHANNEL = "id of the channel, or at least the first 6 digits of it";
/** Describes an argument that names a peer. */
export const PEER = "address of the peer, and where it listens if that is not known: 0x…@ws://host:port";

/** In what amounts are given. */
export interface UnitOptions {
  readonly asset: string;
  readonly decimals?: string;
  readonly raw?: boolean;
}

/** Adds the options that say in what amounts are given. */
export function withUnit(command: Command): Command {
  return command
    .option("--asset <asset>", "eth, or the address of a token", "eth")
    .option("--decimals <number>", "decimals of the token")
    .option("--raw", "amounts are in the smallest unit, not in whole coins");
}

/** Adds the option for where the password is. */
export function withPassword(command: Command): Command {
  return command.option(
    "--password-file <file>",
    "file whose first line is the password (default: SLUICE_PASSWORD, or ask)",
  );
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
