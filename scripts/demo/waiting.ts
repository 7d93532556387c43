import { setTimeout } from "node:timers/promises";
import type { ChannelId } from "../../src";
import type { Player, Stage } from "./stage";

const PATIENCE = 30_000; // milliseconds

/** Resolves once something is so: what one node does is news to another one a moment later. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`It did not happen that ${what}.`);
    await setTimeout(10);
  }
}

/** Takes a player out of a channel through the chain; the time that the others have to answer passes at once. */
export async function leave(stage: Stage, { node }: Player, id: ChannelId): Promise<void> {
  const end = () => {
    const { onChain } = node.channel(id);
    return onChain.kind === "dispute" ? onChain.dispute.finalizesAt : 0n;
  };
  const passTime = async () => {
    await until("the clock of the challenge runs", () => end() > 0n);
    await stage.provider.send("evm_setNextBlockTimestamp", [`0x${end().toString(16)}`]);
    await stage.provider.send("evm_mine", []);
  };
  await Promise.all([node.challenge(id), passTime()]);
}
