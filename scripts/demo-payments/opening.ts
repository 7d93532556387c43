import { parseEther } from "ethers";
import { SluiceError, type ChannelId } from "../../src";
import { grouped } from "../demo/narrator";
import { gasSince } from "./evidence";
import { LINKS, UNITS, type Link } from "./network";
import { until, type Stage } from "./stage";

export interface Opening {
  readonly channels: number;
  readonly transactions: number;
  readonly gas: bigint;
}

const SMALL = parseEther("1");

/** More than Carol's channel to Bob holds, so that only the channels over Dave can carry it. */
const LARGE = parseEther("250");

/** Chapter 1: five channels with two currencies in each, and everybody hears of all of them. */
export async function openAll(stage: Stage): Promise<Opening> {
  const { narrator, provider } = stage;
  narrator.chapter(1, "Five nodes open five channels, with two currencies in each");
  narrator.progress("Opening and funding");
  const before = await provider.getBlockNumber();
  const ids = await Promise.all(LINKS.map((link) => openOne(stage, link)));
  LINKS.forEach((link, i) => stage.channels.set(link, ids[i]!));
  narrator.progress("Waiting until Alice has heard of the channels of the others");
  await hearOfAll(stage);
  const { transactions, gas } = await gasSince(provider, before);
  narrator.say("Five processes with a disk and a socket each: Alice pays, Bob is paid, three are in between.");
  narrator.say("");
  narrator.say("                    ┌── Carol, keeps 0.1 % ──┐");
  narrator.say("  Alice ── Ingrid ──┤                        ├── Bob");
  narrator.say("                    └── Dave, keeps 0.3 % ───┘");
  narrator.say("");
  narrator.say(
    "What they tell each other about channels is checked against the chain. Alice and Bob have none together.",
  );
  narrator.figure("Deposits of ether and dollars", `${transactions} transactions`);
  narrator.figure("They cost", `${grouped(gas)} gas`);
  return { channels: LINKS.length, transactions, gas };
}

async function openOne({ people, assets }: Stage, { between: [first, second], puts }: Link): Promise<ChannelId> {
  const [from, to] = [people[first], people[second]];
  const partOf = (side: 0 | 1) => UNITS.map((unit) => ({ asset: assets[unit], amount: puts[unit][side] }));
  const { id } = await from.node.open({
    peers: [{ address: to.address, url: to.listening, payout: to.payout }],
    mine: partOf(0),
    theirs: [partOf(1)],
  });
  await Promise.all([from.node.funded(id), to.node.funded(id)]);
  return id;
}

/** A route for a little shows that Alice knows the channels over Carol, who is cheaper; one for a lot those over Dave. */
async function hearOfAll({ people: { Alice, Bob }, assets }: Stage): Promise<void> {
  for (const unit of UNITS) {
    for (const dollars of [SMALL, LARGE]) {
      const amount = unit === "ETH" ? dollars / 100n : dollars;
      const { text } = await Bob.node.createInvoice({ asset: assets[unit], amount, validFor: 600n });
      await until(`Alice finds a way for ${amount} ${unit}`, async () => {
        try {
          return (await Alice.node.routes({ invoice: text, maxFee: amount })).length === 1;
        } catch (error) {
          if (error instanceof SluiceError && error.code === "ROUTE_NOT_FOUND") return false;
          throw error;
        }
      });
    }
  }
}
