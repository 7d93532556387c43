import type { ChannelId } from "../../src";
import { grouped, money } from "../demo/narrator";
import { gasSince } from "./evidence";
import { LINKS, type Name, type Unit } from "./network";
import { until, type Stage } from "./stage";

export interface Closing {
  readonly transactions: number;
  readonly gas: bigint;
  /** What the chain has paid to everybody's account in the end. */
  readonly paidOut: Readonly<Record<Name, Readonly<Record<Unit, bigint>>>>;
}

/** Chapter 6: they close their channels; the chain pays what the payments have moved. */
export async function closeAll(stage: Stage): Promise<Closing> {
  const { narrator, provider } = stage;
  narrator.chapter(6, "They close: the chain pays everybody once");
  narrator.progress("Closing");
  const before = await provider.getBlockNumber();
  await Promise.all(LINKS.map(({ between: [first] }, i) => closeOne(stage, first, [...stage.channels.values()][i]!)));
  const { transactions, gas } = await gasSince(provider, before);
  const paidOut = await balances(stage);
  for (const [name, { ETH, TUSD }] of Object.entries(paidOut))
    narrator.figure(`${name} is paid`, `${money(ETH, "ETH")}, ${money(TUSD, "TUSD")}`);
  narrator.figure("Closing five channels costs", `${grouped(gas)} gas`);
  return { transactions, gas, paidOut };
}

async function closeOne({ people }: Stage, name: Name, id: ChannelId): Promise<void> {
  const { node } = people[name];
  await until("both are connected", async () => (await node.channel(id)).online);
  await node.close(id);
}

async function balances({ provider, token, people }: Stage): Promise<Closing["paidOut"]> {
  const paid = Object.entries(people as Stage["people"] & Record<string, { payout: string }>).map(
    async ([name, { payout }]) => {
      const [ETH, TUSD] = await Promise.all([provider.getBalance(payout), token.balanceOf(payout)]);
      return [name, { ETH, TUSD }] as const;
    },
  );
  return Object.fromEntries(await Promise.all(paid)) as Closing["paidOut"];
}
