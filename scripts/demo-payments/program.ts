/** A process with a node and its API, which tells its parent what it promises to others. Ends when its parent disconnects. */
import type { Node } from "../../src/node/node";
import { startNode, type StartOptions } from "../../src/node/start";
import { serveRpc, type RpcServer } from "../../src/rpc/server";
import { readTask } from "../lib/children";
import { watching } from "./promises";

export interface Task {
  readonly options: StartOptions;
  /** What callers of the API must show. */
  readonly token: string;
}

/** Where the node can be reached: by peers, and by its user. */
export interface Doors {
  readonly listening: string;
  readonly api: string;
}

async function main({ options, token }: Task): Promise<void> {
  const adapt = watching((promised) => process.send?.(promised));
  const node = await startNode(options, adapt);
  const server = await serveRpc({ node, token, unexpected: (error) => console.error(error) });
  process.once("disconnect", () => void end(server, node));
  const doors: Doors = { listening: node.info().listening!, api: server.url };
  process.send!(doors);
}

async function end(server: RpcServer, node: Node): Promise<void> {
  await server.close();
  await node.stop();
  process.exit();
}

void main(readTask() as Task);
