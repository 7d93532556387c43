import { SigningKey } from "ethers";
import { ethers, network } from "hardhat";
import { EthersChain, type EthersChainOptions } from "../../src/adapters/ethers";
import type { Block, ChainAlarm, ChainHandler, ChannelView, Fact, FactReport, Fate } from "../../src/ports/chain";
import type { Clock } from "../../src/ports/clock";
import type { Address, ChannelId } from "../../src";
import { MapStore } from "./mapStore";
import { RpcServer } from "./rpcServer";
import type { Sluice } from "./sluice";

/** The clock of the machine. */
export const machineClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Keeps what a chain reports, and lets a test wait until something was reported. */
export class Journal implements ChainHandler {
  readonly lines: string[] = [];
  readonly blocks: Block[] = [];
  readonly views = new Map<ChannelId, { latest: ChannelView; confirmed: ChannelView }>();
  readonly accounts = new Map<string, bigint>();
  confirmedTime = 0n;
  readonly known = new Map<string, Fact>();
  readonly fates = new Map<string, Fate>();
  readonly alarms: ChainAlarm[] = [];
  private wake: (() => void)[] = [];

  block(block: Block, confirmedTime: bigint): void {
    this.confirmedTime = confirmedTime;
    this.blocks.push(block);
    this.note(`block ${block.number}`);
  }

  channel(id: ChannelId, latest: ChannelView, confirmed: ChannelView): void {
    this.views.set(id, { latest, confirmed });
    this.note(`channel ${id}`);
  }

  waiting(account: Address, asset: Address, amount: bigint): void {
    this.accounts.set(`${account} ${asset}`, amount);
    this.note(`waiting ${amount}`);
  }

  facts(reports: readonly FactReport[]): void {
    for (const { registry, key, ...fact } of reports) this.known.set(registry + key, fact);
    this.note("facts");
  }

  done(id: string, fate: Fate): void {
    this.fates.set(id, fate);
    this.note(`done ${id} ${fate.kind}`);
  }

  alarm(alarm: ChainAlarm): void {
    this.alarms.push(alarm);
    this.note(`alarm ${alarm.code}`);
  }

  /** Resolves as soon as `condition` holds; it is looked at after every report. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.wake.push(resolve));
  }

  private note(line: string): void {
    this.lines.push(line);
    for (const wake of this.wake.splice(0)) wake();
  }
}

/** The key of an account of the Hardhat network, by its position. */
export function keyOf(index: number): SigningKey {
  const { accounts } = network.config as { accounts: { mnemonic: string; path: string } };
  const mnemonic = ethers.Mnemonic.fromPhrase(accounts.mnemonic);
  return new SigningKey(ethers.HDNodeWallet.fromMnemonic(mnemonic, `${accounts.path}/${index}`).privateKey);
}

/** Mines blocks, a second apart. */
export async function mine(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await network.provider.send("evm_mine", []);
}

/** The Hardhat network behind one or more endpoints, and chains that follow it. */
export class Harness {
  readonly servers: RpcServer[] = [];
  private readonly chains: EthersChain[] = [];
  private snapshot = "";

  constructor(readonly sluice: Sluice) {}

  static async create(sluice: Sluice, endpoints = 1): Promise<Harness> {
    const harness = new Harness(sluice);
    for (let i = 0; i < endpoints; i++) harness.servers.push(await RpcServer.start(network.provider));
    harness.snapshot = (await network.provider.send("evm_snapshot", [])) as string;
    return harness;
  }

  /** A chain for the account of Alice, that looks often and trusts the head unless `options` say otherwise. */
  open(options: Partial<EthersChainOptions> = {}): EthersChain {
    const chain = new EthersChain({
      urls: this.servers.map(({ url }) => url),
      chainId: this.sluice.deployment.chainId,
      adjudicator: this.sluice.deployment.adjudicator,
      key: keyOf(1),
      store: new MapStore(),
      clock: machineClock,
      confirmations: 0,
      pollInterval: 5,
      timeout: 5_000,
      ...options,
    });
    this.chains.push(chain);
    return chain;
  }

  async close(): Promise<void> {
    await Promise.all(this.chains.map((chain) => chain.close()));
    await Promise.all(this.servers.map((server) => server.close()));
    await network.provider.send("evm_setAutomine", [true]);
    await network.provider.send("evm_revert", [this.snapshot]);
  }
}
