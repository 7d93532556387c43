import { parseEther } from "ethers";
import type { ChannelSummary, NodeApi } from "../../src/node/api";
import { SluiceError, type Address } from "../../src";
import { money } from "../demo/narrator";
import { feeLimit, invoiceOf, pay, tellPaid, type Paid, type Wish } from "./paying";
import { linkBetween, until, type Stage } from "./stage";

export interface Detour {
  readonly paid: Paid;
  /** A payment that no way could carry: what Alice could pay before and after it. */
  readonly failed: { readonly amount: bigint; readonly before: bigint; readonly after: bigint; readonly why: string };
}

/** Chapter 4: Carol stalls. A payment takes another way; one that finds none comes back, all of it. */
export async function stall(stage: Stage): Promise<Detour> {
  const { narrator } = stage;
  narrator.chapter(4, "Carol does not pass on: the payment goes over Dave, or comes back");
  const spent = await spend(stage);
  narrator.say(
    `Carol pays her last ${money(spent, "TUSD")} on this channel to Bob. Nobody else knows; she still looks cheapest.`,
  );
  const paid = await pay(stage, { title: "Carol stalls", unit: "TUSD", amount: parseEther("40"), kind: "point" });
  narrator.figure("Tried in vain", paid.triedInVain.map((way) => way.join(" → ")).join(", "));
  tellPaid(stage, paid);
  const failed = await payTooMuch(stage);
  return { paid, failed };
}

/** Carol pays Bob everything that she has in their channel. */
async function spend({ people: { Carol, Bob }, assets, channels }: Stage): Promise<bigint> {
  const channelId = channels.get(linkBetween("Carol", "Bob"))!;
  const amount = payable(await Carol.node.channel(channelId), assets.TUSD);
  await Carol.node.pay({ channelId, asset: assets.TUSD, amount });
  await until("Bob has it", async () => payable(await Bob.node.channel(channelId), assets.TUSD) > amount);
  return amount;
}

/** More than Dave has left to pass on, and Carol has nothing. */
async function payTooMuch(stage: Stage): Promise<Detour["failed"]> {
  const { narrator, people, assets, channels } = stage;
  const wish: Wish = { title: "too much", unit: "TUSD", amount: parseEther("180"), kind: "point" };
  const available = async () => {
    const channel = await people.Alice.node.channel(channels.get(linkBetween("Alice", "Ingrid"))!);
    return payable(channel, assets.TUSD);
  };
  const before = await available();
  const invoice = await invoiceOf(stage, wish);
  narrator.progress("Alice tries to pay more than both have left, over all ways, whole and in parts");
  const why = await refusal(people.Alice.node as NodeApi, { invoice, maxFee: feeLimit(wish) });
  await until("all of it is back", async () => (await available()) === before);
  const after = await available();
  narrator.say(`Then she tries ${money(wish.amount, "TUSD")}, more than Dave has left.`);
  narrator.figure("Alice could pay before", money(before, "TUSD"));
  narrator.figure("The answer to her", why);
  narrator.figure("Alice can pay after", money(after, "TUSD"));
  return { amount: wish.amount, before, after, why };
}

async function refusal(node: NodeApi, request: { invoice: string; maxFee: bigint }): Promise<string> {
  try {
    await node.payInvoice(request);
  } catch (error) {
    if (error instanceof SluiceError) return error.code;
    throw error;
  }
  throw new Error("It was paid all the same.");
}

function payable({ canPay }: ChannelSummary, wanted: Address): bigint {
  return canPay.find(({ asset }) => asset === wanted)?.amount ?? 0n;
}
