import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { restoreBackup } from "../../adapters/backup/backup";
import { argumentInvalid } from "../arguments";
import { withPassword } from "../options";
import { choosePassword, readPassword, type PasswordOptions } from "../password";
import { waitFor } from "../progress";
import { nodeOf, type Cli } from "../session";

/** `sluice backup` and `sluice restore` */
export function addBackup(cli: Cli): void {
  withPassword(
    cli.command("backup", "Write an encrypted backup of the running node to a file.", "backup sluice.backup"),
  )
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
  withPassword(cli.command("restore", "Make a data folder from a backup.", "restore sluice.backup --data ~/.sluice"))
    .argument("<file>", "the backup")
    .action(
      cli.action<[string], PasswordOptions>(async ({ io, folder }, [name], options) => {
        const file = resolve(name);
        if (!existsSync(file)) throw argumentInvalid(`There is no ${file}.`, "Check its name.");
        const password = await readPassword(io, options, "Password of the backup: ");
        await waitFor(io, "the backup to be read", restoreBackup(file, password, folder));
        const next =
          "Next: `sluice init` and `sluice node`. It asks its peers for what is newer before it signs anything.";
        return { json: { folder }, text: `Restored ${folder}. The key has the password it had.\n${next}` };
      }),
    );
}
