import { join } from "node:path";
import { createDataFolder } from "../../src/adapters/dataFolder";

import { enrich, keyOf, type LocalChain } from "../../scripts/lib/nodes";
import type { Fuse } from "./boundaries";
import { Journal } from "./journal";
import type { Life, Lives } from "./life";
import type { Command, Sight } from "./program";

export interface World {
  readonly chain: LocalChain;
  readonly lives: Lives;
  /** Where data and journals lie. */
  readonly folder: string;
}

/** One of two nodes, in all of its lives. */
export class Side {
  readonly key;
  readonly journal: Journal;
  /** How often it was killed. */
  deaths = 0;
  life!: Life;
  private url!: string;

  constructor(
    private readonly world: World,
    readonly name: string,
    /** Its position among the participants. */
    readonly index: 0 | 1,
  ) {
    this.key = keyOf(name);
    this.journal = new Journal(join(world.folder, `${name}.journal`));
  }

  /** What it is paid by the channels that it opens goes here. */
  get payout() {
    return keyOf(`the purse of ${this.name}`).address;
  }

  async create(): Promise<void> {
    await enrich(this.world.chain, this.key.address);
    await createDataFolder(this.data);
  }

  /** Starts it in a new process. */
  async start(amount: bigint, fuse?: Fuse): Promise<void> {
    const { chain, lives } = this.world;
    this.life = lives.take();
    this.url = (await this.tell({
      type: "start",
      folder: this.data,
      journal: this.journal.path,
      key: this.key,
      payout: this.payout,
      self: this.index,
      rpc: chain.url,
      chainId: chain.chainId,
      adjudicator: chain.adjudicator,
      payments: chain.payments,
      amount,
      ...(fuse === undefined ? {} : { fuse }),
    })) as string;
  }

  /** Lets it look for another one. */
  meet(other: Side): Promise<unknown> {
    return this.tell({ type: "connect", peer: other.key.address, url: other.url });
  }

  tell(command: Command): Promise<unknown> {
    return this.life.tell(command);
  }

  async look(): Promise<readonly Sight[]> {
    return (await this.tell({ type: "look" })) as readonly Sight[];
  }

  /** Resolves when its process, which was or will be killed, is gone. */
  async dead(): Promise<void> {
    await this.life.dead();
    this.deaths++;
  }

  private get data(): string {
    return join(this.world.folder, this.name);
  }
}
