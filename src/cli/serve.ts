import type { Logger } from "pino";
import { SluiceError } from "../errors";
import type { NodeApi } from "../node/api";
import { serveRpc } from "../rpc/server";
import { provideToken } from "../rpc/token";
import type { Config } from "./config";
import { print, type Session } from "./session";
import { list } from "./text";

/**
 * Serves the API of a running node until the user ends it, then stops the node.
 * @throws SluiceError `API_FAILED` if the API cannot be served, `NODE_STOPPED` if the node stops by itself
 */
export async function serve(session: Session, node: NodeApi, api: Config["api"], log: Logger): Promise<void> {
  const { io, folder } = session;
  try {
    const failure = failureOf(node);
    const unexpected = (error: unknown) => log.error({ err: error }, "the API failed");
    const server = await serveRpc({ node, token: provideToken(folder), ...api, unexpected });
    announce(session, node, server.url);
    const problem = await Promise.race([failure, aborted(io.signal)]);
    io.err("Stopping …");
    await server.close();
    if (problem !== undefined) throw problem;
  } finally {
    await node.stop();
  }
}

function announce(session: Session, node: NodeApi, url: string): void {
  const { address, chainId, adjudicator, listening } = node.info();
  print(session, {
    json: { address, chainId, adjudicator, ...(listening !== undefined && { listening }), api: url },
    text: list([
      ["address", address],
      ["chain", chainId.toString()],
      ["listening", listening ?? "no; it only dials"],
      ["API", url],
    ]),
  });
}

/** Resolves when the node says that it cannot go on. */
function failureOf(node: NodeApi): Promise<SluiceError> {
  return new Promise((resolve) => {
    node.on((event) => {
      if (event.type !== "alarm" || event.code !== "STOPPED") return;
      const remedy = "What is signed is stored. See the log, mend it, and start the node again.";
      resolve(new SluiceError("NODE_STOPPED", `The node stopped: ${event.message}`, remedy));
    });
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
