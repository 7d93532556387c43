import { resolve } from "node:path";
import { withPassword } from "../options";
import { choosePassword, readPassword, type PasswordOptions } from "../password";
import { waitFor } from "../progress";
import { nodeOf, type Cli } from "../session";

/** `sluice backup` and `sluice restore` */
export function addBackup(cli: Cli): void {
  withPassword(cli.command("backup", "Write an encrypted backup of the running node to a file.", "backup sluice.backup"))
    .argument("<file>", "a new file")
    .action(
      cli.action<[string], PasswordOptions>(async (session, [name], options) => {
        const file = resolve(name);
        const node = nodeOf(session);
        const password = await choosePassword(session.io, options, "Password for the backup: ");
        await waitFor(session.io, "the backup", node.backup(file, password));
        return { json: { file }, text: `Wrote ${file}. Keep its password elsewhere.` };
      }),
    );
}
