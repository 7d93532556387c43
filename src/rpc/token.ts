import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "api-token";
const TOKEN = /^[0-9a-f]{64}$/;

/** The token that callers of the API must show; made on first use. Only the owner of the data folder can read it. */
export function provideToken(dataFolder: string): string {
  const file = join(dataFolder, FILE);
  const token = readToken(dataFolder) ?? randomBytes(32).toString("hex");
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  chmodSync(file, 0o600); // the mode above counts only for a new file
  return token;
}

/** The token of the node in this data folder; undefined if there is none. */
export function readToken(dataFolder: string): string | undefined {
  const file = join(dataFolder, FILE);
  const token = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return TOKEN.test(token) ? token : undefined;
}

/** Whether an `Authorization` header shows this token. Takes the same time for every wrong one. */
export function showsToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}
