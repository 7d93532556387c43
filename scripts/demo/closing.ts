import { formatUnits, parseEther, parseUnits } from "ethers";
import { FINAL_VERSION, type Address } from "../../src";
import { signaturesOf, split, stateOf } from "../lib/channels";
import { mined } from "../lib/transactions";
import type { OpenChannel } from "./channel";
import { grouped, money } from "./narrator";
import type { Payments } from "./payments";
import type { Stage } from "./stage";

export interface Closing {
  readonly gas: bigint;
  readonly aliceReceived: bigint;
  readonly bobReceived: bigint;
  /** Gas of one ERC-20 transfer between two accounts that hold the token, measured. */
  readonly transferGas: bigint;
  readonly gasPerPayment: number;
  readonly timesCheaper: number;
}

const GAS_PRICE = parseUnits("1", "gwei");

/** Chapter 3: both sign a last state, which pays at once; what a payment has cost, beside a transfer. */
export async function close(
  stage: Stage,
  channel: OpenChannel,
  token: Address,
  { alice: aliceShare, bob: bobShare, payments }: Payments,
  openingGas: bigint,
): Promise<Closing> {
  const { narrator, adjudicator, token: dollar, alice, bob, stranger } = stage;
  narrator.chapter(3, "They close, and are paid at once");
  const balances = () => Promise.all([dollar.balanceOf(alice.address), dollar.balanceOf(bob.address)]);
  const shares = split(token, [alice, aliceShare], [bob, bobShare]);
  const final = stateOf(FINAL_VERSION, [shares]);
  const before = await balances();
  const { gasUsed: gas } = await mined(
    adjudicator.connect(stranger.wallet).conclude(channel.terms, final, signaturesOf(channel, final)),
  );
  const after = await balances();
  const { gasUsed: transferGas } = await mined(dollar.connect(alice.wallet).transfer(bob.address, parseEther("0.5")));
  const gasPerPayment = Number(openingGas + gas) / payments;
  const facts: Closing = {
    gas,
    aliceReceived: after[0] - before[0],
    bobReceived: after[1] - before[1],
    transferGas,
    gasPerPayment,
    timesCheaper: Number(transferGas) / gasPerPayment,
  };
  tell(stage, facts, openingGas, payments);
  return facts;
}

function tell({ narrator }: Stage, facts: Closing, openingGas: bigint, payments: number): void {
  const inChannel = openingGas + facts.gas;
  const onChain = facts.transferGas * BigInt(payments);
  const cost = (gas: bigint) => `${Number(formatUnits(gas * GAS_PRICE, 18)).toFixed(6)} ETH`;
  narrator.figure("Alice receives", money(facts.aliceReceived, "TUSD"));
  narrator.figure("Bob receives", money(facts.bobReceived, "TUSD"));
  narrator.figure("Closing costs", `${grouped(facts.gas)} gas`);
  narrator.say("");
  narrator.figure("Opening and closing", `${grouped(inChannel)} gas`);
  narrator.figure(`${grouped(payments)} transfers on the chain (one measured)`, `${grouped(onChain)} gas`);
  narrator.figure("At 1 gwei, the channel", cost(inChannel));
  narrator.figure("At 1 gwei, the transfers", cost(onChain));
  narrator.figure("A payment in the channel", `${facts.gasPerPayment.toFixed(1)} gas`);
  narrator.figure("A transfer on the chain", `${grouped(facts.transferGas)} gas`);
  narrator.figure("The channel is cheaper", `${Math.round(facts.timesCheaper)} times`);
}
