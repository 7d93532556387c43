import { createKey, importKey } from "../../adapters/keys";
import { argumentInvalid } from "../arguments";
import type { Answer, Io } from "../io";
import { keyAddress, provideKeyFile } from "../keys";
import { withPassword } from "../options";
import { choosePassword, firstLine, readSecretFile, type PasswordOptions } from "../password";
import type { Cli } from "../session";

interface ImportOptions extends PasswordOptions {
  readonly keyFile?: string;
}

const NEW_PASSWORD = "New password for the key: ";

/** `sluice keys` */
export function addKeys(cli: Cli): void {
  const keys = cli.program.command("keys").description("Create, import or show the key of the node.");
  withPassword(cli.command("create", "Create a key, encrypted with a password.", "keys create", keys)).action(
    cli.action<[], PasswordOptions>(async ({ io, folder }, _, options) => {
      const file = await provideKeyFile(folder);
      const password = await choosePassword(io, options, NEW_PASSWORD);
      const { address } = await createKey(file, password);
      return made("Created", address, file);
    }),
  );
  withPassword(cli.command("import", "Import a private key.", "keys import --key-file key.txt", keys))
    .option("--key-file <file>", "file whose first line is the private key (default: ask)")
    .action(
      cli.action<[], ImportOptions>(async ({ io, folder }, _, { keyFile, ...options }) => {
        const file = await provideKeyFile(folder);
        const privateKey = await readPrivateKey(io, keyFile);
        const password = await choosePassword(io, options, NEW_PASSWORD);
        const { address } = await importKey(file, password, privateKey);
        return made("Imported", address, file);
      }),
    );
  cli.command("show", "Show the address of the key.", "keys show", keys).action(
    cli.action(async ({ folder }) => {
      const address = await keyAddress(folder);
      return { json: { address }, text: address };
    }),
  );
}

/** Never an argument: those can be seen by everybody on the machine. */
async function readPrivateKey(io: Io, keyFile?: string): Promise<string> {
  const key = keyFile === undefined ? await io.ask("Private key: ") : firstLine(readSecretFile(keyFile));
  if (key === undefined) throw argumentInvalid("There is no private key.", "Give --key-file, or type it when asked.");
  return key.startsWith("0x") ? key : `0x${key}`;
}

function made(what: string, address: string, file: string): Answer {
  return {
    json: { address, file },
    text: `${what} ${address} in ${file}.\nSend it some eth to pay for gas. Without its password nobody can use it.`,
  };
}
