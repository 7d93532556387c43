import { compile } from "../lib/compile";
import { startLocalNode } from "../lib/localNode";
import type { Narrator } from "./narrator";

/** Has a chain of its own, and compiled contracts, for as long as the work takes. It ends whatever happens. */
export async function onLocalChain<T>(narrator: Narrator, work: (url: string) => Promise<T>): Promise<T> {
  narrator.progress("Starting a local chain, and compiling the contracts if this is the first time (half a minute)");
  const starting = startLocalNode();
  starting.catch(() => undefined); // reported when it is awaited
  try {
    await compile((await import("hardhat")).default);
    const { url } = await starting;
    narrator.progress("Deploying, and starting the nodes");
    return await work(url);
  } finally {
    await (await starting).stop();
  }
}
