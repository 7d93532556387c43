import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { id, SigningKey, type ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  stoppedAt,
  toAddress,
  type Address,
  type AssetOutcome,
  type Deployment,
  type Destination,
  type Dispute,
  type State,
} from "../../src";
import type {
  Adjudicator,
  LockSet,
  PaymentApp,
  PreimageRegistry,
  ScalarRegistry,
  TestToken,
  TicTacToe,
} from "../../typechain-types";
import { agree, DAY, ETHER, memberOf, signaturesOf, split, type Agreement, type Member } from "../lib/channels";
import { mined } from "../lib/transactions";

const MOST_PARTICIPANTS = 10;
const PLENTY = 10n ** 30n;

/** When the first measured block is mined, so that no timestamp in calldata depends on the day of the measurement. */
const START = 2_016_899_345;

/**
 * What every row starts from: contracts that hold money of other channels, an account that sends (and is nobody's
 * participant), session keys that sign, and accounts that are paid, which have held coin and tokens before.
 */
export class Stage {
  private clock = START;
  private channels = 0n;

  private constructor(
    readonly adjudicator: Adjudicator,
    readonly token: TestToken,
    readonly ticTacToe: TicTacToe,
    readonly payments: Payments,
    readonly deployment: Deployment,
    readonly tokenAddress: Address,
    readonly sender: HardhatEthersSigner,
    readonly recipients: readonly HardhatEthersSigner[],
    private readonly members: readonly Member[],
  ) {}

  static async prepare(): Promise<Stage> {
    const [sender, ...others] = (await ethers.getSigners()) as [HardhatEthersSigner, ...HardhatEthersSigner[]];
    const recipients = others.slice(0, MOST_PARTICIPANTS);
    const adjudicator = await ethers.deployContract("Adjudicator");
    const token = await ethers.deployContract("TestToken");
    const ticTacToe = await ethers.deployContract("TicTacToe");
    const payments = await deployPayments(adjudicator);
    const { chainId } = await ethers.provider.getNetwork();
    const deployment = { chainId, adjudicator: toAddress(await adjudicator.getAddress()) };
    const tokenAddress = toAddress(await token.getAddress());
    for (const account of [sender, ...recipients]) await token.mint(account, PLENTY);
    await token.approve(adjudicator, PLENTY / 10n);
    const otherChannel = id("the channel of somebody else");
    await adjudicator.depositNative(otherChannel, 0n, { value: ETHER });
    await adjudicator.deposit(otherChannel, tokenAddress, 0n, ETHER);
    return new Stage(adjudicator, token, ticTacToe, payments, deployment, tokenAddress, sender, recipients, members());
  }

  /** What a transaction costs: `gasUsed` of its receipt. */
  async gasOf(send: () => Promise<ContractTransactionResponse>): Promise<bigint> {
    this.clock += 1_000;
    await time.setNextBlockTimestamp(this.clock);
    return (await mined(send())).gasUsed;
  }

  channel(participants = 2, app: Address = NATIVE): Agreement {
    return agree(this.deployment, this.members.slice(0, participants), ++this.channels, { app });
  }

  async fundNative({ id: channelId }: Agreement, amount: bigint): Promise<void> {
    await this.adjudicator.depositNative(channelId, 0n, { value: amount });
  }

  async fundToken({ id: channelId }: Agreement, amount: bigint): Promise<void> {
    await this.adjudicator.deposit(channelId, this.tokenAddress, 0n, amount);
  }

  /** One ether (or as many tokens) for each participant. */
  share(asset: Address, participants = 2): AssetOutcome {
    return split(asset, ...this.destinations(participants).map((destination) => [destination, ETHER] as const));
  }

  /** Where participants are paid. */
  destinations(participants = 2): Destination[] {
    return this.recipients.slice(0, participants).map(({ address }) => accountDestination(toAddress(address)));
  }

  /** The dispute that a challenge in the latest block registered. */
  running(channel: Agreement, state: State): Dispute {
    return { ...stoppedAt(channel.id, state), finalizesAt: BigInt(this.clock) + channel.terms.challengePeriod };
  }

  /** Challenges with a state signed by all. Returns the gas, and the dispute that is then registered. */
  async challenge(channel: Agreement, state: State): Promise<{ gas: bigint; dispute: Dispute }> {
    const { terms } = channel;
    const signatures = signaturesOf(channel, state);
    const gas = await this.gasOf(() => this.adjudicator.challenge(terms, NO_DISPUTE, state, signatures, NO_SIGNATURE));
    return { gas, dispute: this.running(channel, state) };
  }

  /** Lets every clock run out. */
  letTimePass(): void {
    this.clock += Number(DAY);
  }
}

/** The contracts of payments. */
export interface Payments {
  readonly preimages: PreimageRegistry;
  readonly scalars: ScalarRegistry;
  readonly lockSet: LockSet;
  readonly app: PaymentApp;
}

async function deployPayments(adjudicator: Adjudicator): Promise<Payments> {
  const preimages = await ethers.deployContract("PreimageRegistry");
  const scalars = await ethers.deployContract("ScalarRegistry");
  const lockSet = await ethers.deployContract("LockSet", [adjudicator]);
  const app = await ethers.deployContract("PaymentApp", [lockSet]);
  return { preimages, scalars, lockSet, app };
}

/** Whoever signs, by session keys that hold no money. */
function members(): Member[] {
  return Array.from({ length: MOST_PARTICIPANTS }, (_, i) => memberOf(new SigningKey(id(`session key ${i}`)))).sort(
    (a, b) => (BigInt(a.participant) < BigInt(b.participant) ? -1 : 1),
  );
}
