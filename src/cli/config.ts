import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { SluiceError } from "../errors";
import { toJson } from "../rpc/json";
import { address, contribution, uint } from "../rpc/values";
import { routingSchema } from "./routingConfig";

/** A host and a port, such as `0.0.0.0:9646` or `[::]:9646`. */
const endpoint = z.string().transform((text, context) => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (match !== null && port <= 65_535) return { host: (match[1] ?? match[2])!, port };
  context.addIssue({ code: "custom", message: 'expected a host and a port, such as "127.0.0.1:8646"' });
  return z.NEVER;
});

const rpcUrl = z.url({ protocol: /^https?$/, error: 'expected a URL that begins with "http://" or "https://"' });

/** The file `sluice.json` of a data folder. Whole numbers of the protocol are decimal strings, as in the API. */
export const configSchema = z.strictObject({
  chainId: uint,
  /** JSON-RPC endpoints of the chain, the preferred one first. */
  rpc: z.array(rpcUrl).min(1),
  adjudicator: address,
  /** The block in which the adjudicator was deployed, or a later one before the first channel. */
  fromBlock: z.int().min(0).default(0),
  /** Blocks on top of a deposit before it is trusted. */
  confirmations: z.int().min(0).max(1000).default(12),
  /** Where peers can connect; nowhere if omitted. */
  listen: z.exactOptional(endpoint),
  /** Where the API listens. */
  api: endpoint.prefault("127.0.0.1:8646"),
  /** The account that channels pay out to; that of the node's key if omitted. */
  payout: z.exactOptional(address),
  /** Seconds to answer a challenge in channels that this node proposes. */
  challengePeriod: uint.default(86_400n),
  /** Wei per gas that a transaction offers at most; the default of the node if omitted. */
  feeCap: z.exactOptional(uint),
  /** Where the game of tic-tac-toe is, if this node plays. */
  ticTacToe: z.exactOptional(address),
  /** The contracts of payment channels, if there are to be any. */
  payments: z.exactOptional(
    z.strictObject({
      /** `PaymentApp` */
      app: address,
      /** `LockSet`, as `PaymentApp` names it */
      lockSet: address,
      /** `PreimageRegistry` */
      preimages: address,
      /** `ScalarRegistry` */
      scalars: address,
    }),
  ),
  /** Whether everybody may know of this node's payment channels; if not, others cannot pay over them. True if omitted. */
  announce: z.exactOptional(z.boolean()),
  /** On which terms payments of others are passed on. */
  routing: z.exactOptional(routingSchema),
  /** Which channels that peers propose this node joins without asking; the defaults of the node if omitted. */
  join: z.exactOptional(
    z.strictObject({
      /** Seconds. */
      minChallengePeriod: z.exactOptional(uint),
      maxChallengePeriod: z.exactOptional(uint),
      /** Wei. */
      maxBond: z.exactOptional(uint),
      /** The most that is put in, by asset. */
      maxContribution: z.exactOptional(z.array(contribution)),
    }),
  ),
});

/** How a node is set up. */
export type Config = z.output<typeof configSchema>;
/** The same as it is written in the file. */
export type ConfigFile = z.input<typeof configSchema>;

/** Where the data folder is: the option, the environment, or `~/.sluice`. */
export function dataFolderOf(option: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return resolve(option ?? env["SLUICE_DATA"] ?? join(homedir(), ".sluice"));
}

/** Whether a data folder has been set up. */
export function hasConfig(folder: string): boolean {
  return existsSync(configFileOf(folder));
}

/**
 * Reads the configuration of a data folder.
 * @throws SluiceError `CONFIG_MISSING` or `CONFIG_INVALID`, with what is wrong
 */
export function readConfig(folder: string): Config {
  const file = configFileOf(folder);
  if (!hasConfig(folder)) {
    throw new SluiceError(
      "CONFIG_MISSING",
      `There is no ${file}.`,
      "Write it with `sluice init`, or name another --data folder.",
    );
  }
  return parseConfig(file, parseJson(file));
}

/**
 * Checks a configuration and writes it, with all defaults, so that they can be seen and changed.
 * @throws SluiceError `CONFIG_EXISTS` unless an existing file may be replaced, or `CONFIG_INVALID`
 */
export function writeConfig(folder: string, config: ConfigFile, replace: boolean): string {
  const file = configFileOf(folder);
  const complete = parseConfig(file, config);
  if (hasConfig(folder) && !replace) {
    throw new SluiceError(
      "CONFIG_EXISTS",
      `There is a ${file} already.`,
      "It was not touched; edit it, or give --force.",
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const endpoints = Object.entries({ listen: complete.listen, api: complete.api }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, formatEndpoint(value)] as const],
  );
  const content = { ...complete, ...Object.fromEntries(endpoints) };
  // Not for others' eyes: URLs of endpoints contain access keys.
  writeFileSync(file, `${JSON.stringify(toJson(content), null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** A host and a port as they are written in the file. */
export function formatEndpoint({ host, port }: Config["api"]): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function configFileOf(folder: string): string {
  return join(folder, "sluice.json");
}

function parseConfig(file: string, content: unknown): Config {
  const config = configSchema.safeParse(content);
  if (config.success) return config.data;
  const issues = config.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `"${path.join(".")}": ${message}`,
  );
  throw configInvalid(file, issues.join("; "));
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw configInvalid(file, error instanceof Error ? error.message : String(error));
  }
}

function configInvalid(file: string, what: string): SluiceError {
  return new SluiceError(
    "CONFIG_INVALID",
    `${file} is wrong: ${what}.`,
    "Nothing was done; correct it. docs/cli.md describes it.",
  );
}
