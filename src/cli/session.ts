import type { Command } from "commander";
import { SluiceError } from "../errors";
import type { ChannelId } from "../protocol/types";
import { connectRpc, type RemoteNode } from "../rpc/client";
import { toJson } from "../rpc/json";
import { readToken } from "../rpc/token";
import { findId } from "./arguments";
import { dataFolderOf, formatEndpoint, readConfig } from "./config";
import type { Answer, Io } from "./io";

/** Options that every command has. */
export interface CommonOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** One run of a command. */
export interface Session {
  readonly io: Io;
  /** The data folder, as an absolute path. */
  readonly folder: string;
  readonly json: boolean;
}

/** What a command does with its arguments and options. Answers nothing if it has printed already. */
export type Work<Args, Options> = (session: Session, args: Args, options: Options) => Promise<Answer | undefined>;

/** Where commands are added. */
export interface Cli {
  readonly program: Command;
  /**
   * Adds a command.
   * @param usage name and arguments, as commander writes them
   * @param example a command line to show in the help, without `sluice`
   * @param parent the command of which it is a part; the program itself unless given
   */
  command(usage: string, summary: string, example: string, parent?: Command): Command;
  /** Makes a handler for commander that prints the answer. */
  action<Args, Options = object>(work: Work<Args, Options>): (this: Command) => Promise<void>;
}

/** The node that runs in the data folder. @throws SluiceError `NODE_UNREACHABLE` if none ever did */
export function nodeOf({ io, folder }: Session): RemoteNode {
  const url = io.env["SLUICE_API"] ?? `http://${formatEndpoint(readConfig(folder).api)}`;
  const token = readToken(folder);
  if (token !== undefined) return connectRpc(url, token);
  throw new SluiceError(
    "NODE_UNREACHABLE",
    `No node has run in ${folder} yet.`,
    "Start it with `sluice node`, or name another --data folder.",
  );
}

/** The channel of the node whose id begins like this. */
export async function findChannel(node: RemoteNode, text: string): Promise<ChannelId> {
  return findId(
    (await node.channels()).map(({ id }) => id),
    text,
  );
}

/** Writes an answer as the caller wants it. */
export function print({ io, json }: Pick<Session, "io" | "json">, answer: Answer): void {
  io.out(json ? JSON.stringify(toJson(answer.json)) : answer.text);
}

/** The session for these options. */
export function sessionOf(io: Io, { data, json = false }: CommonOptions): Session {
  return { io, json, folder: dataFolderOf(data, io.env) };
}
