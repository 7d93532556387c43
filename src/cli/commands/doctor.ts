import { existsSync, statSync } from "node:fs";
import type { Health } from "../../node/api";
import { SluiceError } from "../../errors";
import { checkPayments } from "../checkPayments";
import { hasConfig, readConfig } from "../config";
import { EXIT } from "../exitCodes";
import { keyAddress } from "../keys";
import { waitFor } from "../progress";
import { nodeOf, type Cli, type Session } from "../session";

type Check = Health["checks"][number];

/** `sluice doctor` */
export function addDoctor(cli: Cli): void {
  cli.command("doctor", "Check whether all is well, and say what to do if it is not.", "doctor").action(
    cli.action(async (session) => {
      const local = await Promise.all([
        check("data folder", () => describeFolder(session)),
        check("configuration", () => `chain ${readConfig(session.folder).chainId}`),
        check("key", () => keyAddress(session.folder)),
        ...(hasConfig(session.folder) ? [check("payments", () => checkPayments(readConfig(session.folder)))] : []),
      ]);
      const checks = [...local, ...(await waitFor(session.io, "the node's own checks", remoteChecks(session)))];
      const ok = checks.every((item) => item.ok);
      return { json: { ok, checks }, text: checks.map(describeCheck).join("\n"), code: ok ? EXIT.OK : EXIT.FAILED };
    }),
  );
}

async function remoteChecks(session: Session): Promise<readonly Check[]> {
  let health: Health = { ok: false, checks: [] };
  const node = await check("node", async () => {
    health = await nodeOf(session).health();
    return "it runs";
  });
  return [node, ...health.checks];
}

async function check(name: string, look: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { name, ok: false, detail: error.summary, remedy: error.remedy };
  }
}

function describeFolder({ folder }: Session): string {
  if (!existsSync(folder)) {
    throw new SluiceError(
      "CONFIG_MISSING",
      `There is no ${folder}.`,
      "Begin with `sluice keys create`, or name another --data folder.",
    );
  }
  if ((statSync(folder).mode & 0o077) === 0) return folder;
  throw new SluiceError("CONFIG_INVALID", `Others may look into ${folder}.`, `Close it to them: chmod 700 ${folder}`);
}

function describeCheck({ name, ok, detail, remedy }: Check): string {
  const line = `${ok ? "✓" : "✗"} ${name.padEnd(14)}  ${detail}`;
  return remedy === undefined ? line : `${line}\n  ${"".padEnd(14)}  ${remedy}`;
}
