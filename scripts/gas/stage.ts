import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { time } from "@nomicfoundation/hardhat-network-helpers";
import { computeAddress, id, SigningKey, toBeHex, type ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  channelIdOf,
  encodeOutcome,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  signState,
  sortParticipants,
  stateHashOf,
  toAddress,
  type Address,
  type AssetOutcome,
  type Channel,
  type ChannelId,
  type CompactSignature,
  type Deployment,
  type Dispute,
  type Hex,
  type State,
} from "../../src";
import type { Adjudicator, TestToken, TicTacToe } from "../../typechain-types";

export const ETHER = 10n ** 18n;
export const DAY = 86_400n;

const MOST_PARTICIPANTS = 10;
const PLENTY = 10n ** 30n;

/** When the first measured block is mined, so that no timestamp in calldata depends on the day of the measurement. */
const START = 2_016_899_345;

/** A channel that a row measures. */
export interface StagedChannel {
  readonly terms: Channel;
  readonly id: ChannelId;
  /** In the order of the participants. */
  readonly keys: readonly SigningKey[];
}

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
    readonly deployment: Deployment,
    readonly tokenAddress: Address,
    readonly sender: HardhatEthersSigner,
    readonly recipients: readonly HardhatEthersSigner[],
    private readonly keys: readonly SigningKey[],
  ) {}

  static async prepare(): Promise<Stage> {
    const [sender, ...others] = (await ethers.getSigners()) as [HardhatEthersSigner, ...HardhatEthersSigner[]];
    const recipients = others.slice(0, MOST_PARTICIPANTS);
    const adjudicator = await ethers.deployContract("Adjudicator");
    const token = await ethers.deployContract("TestToken");
    const ticTacToe = await ethers.deployContract("TicTacToe");
    const { chainId } = await ethers.provider.getNetwork();
    const deployment = { chainId, adjudicator: toAddress(await adjudicator.getAddress()) };
    const tokenAddress = toAddress(await token.getAddress());
    for (const account of [sender, ...recipients]) await token.mint(account, PLENTY);
    await token.approve(adjudicator, PLENTY / 10n);
    const otherChannel = id("the channel of somebody else");
    await adjudicator.depositNative(otherChannel, 0n, { value: ETHER });
    await adjudicator.deposit(otherChannel, tokenAddress, 0n, ETHER);
    return new Stage(adjudicator, token, ticTacToe, deployment, tokenAddress, sender, recipients, sessionKeys());
  }

  /** What a transaction costs: `gasUsed` of its receipt. */
  async gasOf(send: () => Promise<ContractTransactionResponse>): Promise<bigint> {
    this.clock += 1_000;
    await time.setNextBlockTimestamp(this.clock);
    const receipt = await (await send()).wait();
    if (receipt?.status !== 1) throw new Error("A measured transaction failed.");
    return receipt.gasUsed;
  }

  channel(participants = 2, app: Address = NATIVE): StagedChannel {
    const keys = this.keys.slice(0, participants);
    const terms: Channel = {
      participants: keys.map(addressOf),
      nonce: toBeHex(++this.channels, 32) as Hex,
      app,
      challengePeriod: DAY,
      bond: 0n,
    };
    return { terms, id: channelIdOf(this.deployment, terms), keys };
  }

  async fundNative({ id: channelId }: StagedChannel, amount: bigint): Promise<void> {
    await this.adjudicator.depositNative(channelId, 0n, { value: amount });
  }

  async fundToken({ id: channelId }: StagedChannel, amount: bigint): Promise<void> {
    await this.adjudicator.deposit(channelId, this.tokenAddress, 0n, amount);
  }

  /** One ether (or as many tokens) for each participant. */
  share(asset: Address, participants = 2): AssetOutcome {
    const allocations = this.recipients.slice(0, participants).map(({ address }) => ({
      destination: accountDestination(toAddress(address)),
      amount: ETHER,
    }));
    return { asset, allocations };
  }

  state(version: bigint, outcome: readonly AssetOutcome[], appData: Hex = "0x"): State {
    return { version, outcome: encodeOutcome(outcome), appData };
  }

  sign({ id: channelId, keys }: StagedChannel, state: State, signers = keys): CompactSignature[] {
    return signers.map((key) => signState(key, this.deployment, channelId, state));
  }

  /** Challenges with a state signed by all. Returns the gas, and the dispute that is then registered. */
  async challenge(channel: StagedChannel, state: State): Promise<{ gas: bigint; dispute: Dispute }> {
    const { terms, id: channelId } = channel;
    const signatures = this.sign(channel, state);
    const gas = await this.gasOf(() => this.adjudicator.challenge(terms, NO_DISPUTE, state, signatures, NO_SIGNATURE));
    const finalizesAt = BigInt(this.clock) + terms.challengePeriod;
    const dispute = { ...NO_DISPUTE, version: state.version, finalizesAt, stateHash: stateHashOf(channelId, state) };
    return { gas, dispute };
  }

  /** Lets every clock run out. */
  letTimePass(): void {
    this.clock += Number(DAY);
  }
}

function addressOf(key: SigningKey): Address {
  return toAddress(computeAddress(key));
}

/** Keys in the order in which a channel lists their addresses. */
function sessionKeys(): SigningKey[] {
  const keys = Array.from({ length: MOST_PARTICIPANTS }, (_, i) => new SigningKey(id(`session key ${i}`)));
  const byAddress = new Map(keys.map((key) => [addressOf(key), key]));
  return sortParticipants([...byAddress.keys()]).map((address) => byAddress.get(address)!);
}
