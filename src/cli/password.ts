import { readFileSync } from "node:fs";
import type { Io } from "./io";
import { argumentInvalid } from "./arguments";

/** Where a password comes from if nobody is asked. */
export interface PasswordOptions {
  readonly passwordFile?: string;
}

/** The password of the key: from the file, the environment, or by asking. */
export async function readPassword(io: Io, { passwordFile }: PasswordOptions, question: string): Promise<string> {
  if (passwordFile !== undefined) return firstLine(readSecretFile(passwordFile));
  const password = io.env["SLUICE_PASSWORD"] ?? (await io.ask(question));
  if (password !== undefined && password !== "") return password;
  throw argumentInvalid("There is no password.", "Give --password-file or SLUICE_PASSWORD, or type it when asked.");
}

/** A password that is new, and therefore asked for twice. */
export async function choosePassword(io: Io, options: PasswordOptions, question: string): Promise<string> {
  const password = await readPassword(io, options, question);
  const isTyped = options.passwordFile === undefined && io.env["SLUICE_PASSWORD"] === undefined;
  if (isTyped && (await io.ask("Once more: ")) !== password) {
    throw argumentInvalid("The two passwords differ.", "Try again.");
  }
  return password;
}

/** Reads a file with a secret. */
export function readSecretFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw argumentInvalid(
      `${file} cannot be read (${String((error as NodeJS.ErrnoException).code)}).`,
      "Check its name.",
    );
  }
}

/** The first line of a file with a secret: editors end lines, and no secret has one. */
export function firstLine(text: string): string {
  const [line = ""] = text.split(/\r?\n/);
  if (line !== "") return line;
  throw argumentInvalid("The file with the secret is empty.", "Write the secret into its first line.");
}
