import { pino } from "pino";
import { argumentInvalid } from "../arguments";
import { readConfig } from "../config";
import { withPassword } from "../options";
import { readPassword, type PasswordOptions } from "../password";
import { runNode } from "../runNode";
import { serve } from "../serve";
import type { Cli } from "../session";

interface Options extends PasswordOptions {
  readonly logLevel: string;
}

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"];

/** `sluice node` */
export function addNode(cli: Cli): void {
  withPassword(cli.command("node", "Run the node until it is interrupted.", "node --password-file password.txt"))
    .option("--log-level <level>", LEVELS.join(", "), "info")
    .action(
      cli.action<[], Options>(async (session, _, { logLevel, ...options }) => {
        if (!LEVELS.includes(logLevel)) throw argumentInvalid(`"${logLevel}" is no level.`, "See --help.");
        const { io, folder } = session;
        const config = readConfig(folder);
        const password = await readPassword(io, options, "Password of the key: ");
        const log = pino({ level: logLevel }, { write: (line) => io.err(line.trimEnd()) });
        const node = await runNode(folder, config, password, log);
        await serve(session, node, config.api, log);
        return undefined;
      }),
    );
}
