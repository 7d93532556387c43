import { Command, CommanderError } from "commander";
import { SluiceError } from "../errors";
import { addAnswer } from "./commands/answer";
import { addBackup } from "./commands/backup";
import { addChannels } from "./commands/channels";
import { addClosing } from "./commands/closing";
import { addConnect } from "./commands/connect";
import { addDoctor } from "./commands/doctor";
import { addEvents } from "./commands/events";
import { addInit } from "./commands/init";
import { addInvoice } from "./commands/invoice";
import { addKeys } from "./commands/keys";
import { addNode } from "./commands/node";
import { addOpen } from "./commands/open";
import { addPay } from "./commands/pay";
import { addPayments } from "./commands/payments";
import { addSplice } from "./commands/splice";
import { addSwap } from "./commands/swap";
import { addWithdraw } from "./commands/withdraw";
import { EXIT, exitCodeOf } from "./exitCodes";
import type { Io } from "./io";
import { VERSION } from "../version";
import { print, sessionOf, type Cli, type CommonOptions, type Work } from "./session";

/** In the order of the help: that in which somebody new needs them. */
const COMMANDS = [
  addKeys,
  addInit,
  addNode,
  addConnect,
  addOpen,
  addPay,
  addInvoice,
  addPayments,
  addSwap,
  addChannels,
  addAnswer,
  addEvents,
  addSplice,
  addClosing,
  addWithdraw,
  addBackup,
  addDoctor,
];

/**
 * Runs the command line.
 * @param args without the program itself
 * @returns the exit code
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const ending = { code: EXIT.OK as number };
  const program = new Command("sluice")
    .description("State channels for Ethereum: runs a node, and tells it what to do.")
    .version(VERSION)
    .helpCommand(false)
    .addHelpText("after", "\nStart here:\n  sluice keys create\n  sluice init --help\n  sluice node")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: () => undefined, // what is wrong is said by `explain`
    });
  for (const add of COMMANDS) add(cliFor(program, io, ending));
  try {
    await program.parseAsync(args, { from: "user" });
    return ending.code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.OK; // it was asked for help
    return explain(error, args.includes("--json"), io);
  }
}

function cliFor(program: Command, io: Io, ending: { code: number }): Cli {
  return {
    program,
    command: (usage, summary, example, parent = program) =>
      parent
        .command(usage)
        .description(summary)
        .option("--data <folder>", "data folder of the node (default: SLUICE_DATA, or ~/.sluice)")
        .option("--json", "print one JSON document, and nothing else")
        .addHelpText("after", `\nExample:\n  sluice ${example}`),
    action: <Args, Options>(work: Work<Args, Options>) =>
      async function (this: Command) {
        const session = sessionOf(io, this.opts<CommonOptions>());
        const answer = await work(session, this.processedArgs as Args, this.opts() as Options);
        if (answer === undefined) return;
        print(session, answer);
        ending.code = answer.code ?? EXIT.OK;
      },
  };
}

interface Explanation {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: number;
}

function explain(error: unknown, json: boolean, io: Io): number {
  const { exitCode, code, message, remedy } = explanationOf(error, io.signal);
  if (json) io.out(JSON.stringify({ error: { code, message, remedy } }));
  else io.err(`${message}\n${remedy}`);
  return exitCode;
}

function explanationOf(error: unknown, signal: AbortSignal): Explanation {
  if (error instanceof SluiceError) {
    const { code, summary, remedy } = error;
    return { code, message: summary, remedy, exitCode: exitCodeOf(code) };
  }
  if (error instanceof CommanderError) {
    const isHelp = error.code === "commander.help";
    const message = isHelp
      ? "Which command?"
      : error.message.replace(/^error: (.)/, (_, letter: string) => letter.toUpperCase());
    return { code: "ARGUMENT_INVALID", message, remedy: "Nothing was done. See --help.", exitCode: EXIT.USAGE };
  }
  if (signal.aborted) {
    const remedy = "What was asked of the node may go on all the same: see `sluice channels`.";
    return { code: "INTERRUPTED", message: "Stopped waiting.", remedy, exitCode: EXIT.INTERRUPTED };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, remedy: "This should not happen; please report it.", exitCode: EXIT.FAILED };
}
