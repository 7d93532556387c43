import { formatUnits, parseEther, parseUnits } from "ethers";
import { mined } from "../lib/transactions";
import { receivedDuring, transactionsWith } from "./evidence";
import { grouped, money } from "./narrator";
import type { PaymentChannel } from "./opening";
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

/** Chapter 3: both nodes sign a last state, which pays at once; what a payment has cost, beside a transfer. */
export async function close(
  stage: Stage,
  { id, asset }: PaymentChannel,
  { payments }: Payments,
  openingGas: bigint,
): Promise<Closing> {
  const { narrator, adjudicator, token, alice, bob, stranger } = stage;
  narrator.chapter(3, "They close, and are paid at once");
  const accounts = [alice.payout, bob.payout] as const;
  const [aliceReceived, bobReceived] = await receivedDuring(stage, asset, accounts, () => alice.node.close(id));
  const { gas } = await transactionsWith(stage, adjudicator.filters.Debited(id));
  const transfer = token.connect(stranger.wallet).transfer(bob.address, parseEther("0.5"));
  const { gasUsed: transferGas } = await mined(transfer);
  const gasPerPayment = Number(openingGas + gas) / payments;
  const facts: Closing = {
    gas,
    aliceReceived,
    bobReceived,
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
