/** A node in a process of its own, that does what its parent says and writes down, before anything else, what it has done. */
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { NATIVE, type Address, type ChannelId, type CompactSignature, type Hex } from "../../src/protocol/types";
import { accountDestination } from "../../src/protocol/destination";
import { channelIdOf } from "../../src/protocol/hashing";
import type { WireMessage } from "../../src/wire/formats";
import type { Node } from "../../src/node/node";
import { DEFAULT_POLICY } from "../../src/node/policy";
import { startNode, type StartOptions } from "../../src/node/start";
import { decodeMessage } from "../../src/wire/codec";
import { arm, aroundFetch, withBoundaries, type Fuse } from "./boundaries";

/** What a node has to know when it starts. */
export interface Start {
  readonly folder: string;
  /** A file that what it did is appended to. */
  readonly journal: string;
  readonly key: { readonly address: Address; readonly privateKey: Hex };
  readonly rpc: string;
  readonly chainId: bigint;
  readonly adjudicator: Address;
  readonly payments: NonNullable<StartOptions["payments"]>;
  /** Where it wants to be paid. */
  readonly payout: Address;
  /** Its position among the participants of its channels. */
  readonly self: number;
  /** Amount of each of its payments. */
  readonly amount: bigint;
  /** When to end, if that is to be while it starts. */
  readonly fuse?: Fuse;
}

/** What a parent can tell a node to do. Each command gets one answer. */
export type Command =
  | ({ readonly type: "start" } & Start)
  | { readonly type: "connect"; readonly peer: Address; readonly url: string }
  | {
      readonly type: "open";
      readonly peer: Address;
      readonly mine: bigint;
      readonly theirs: bigint;
      /** Whether it is to be a payment channel. */
      readonly payments: boolean;
    }
  | { readonly type: "close"; readonly channelId: ChannelId }
  /** Pays on and on. */
  | { readonly type: "busy" }
  /** Pays no more; answers when nothing is under way. */
  | { readonly type: "rest" }
  /** Pays once in every channel; answers when all of it is done. */
  | { readonly type: "use" }
  | { readonly type: "look" }
  | { readonly type: "arm"; readonly fuse: Fuse }
  | { readonly type: "stop" };

/** A channel as one side sees it. */
export interface Sight {
  readonly id: ChannelId;
  readonly phase: string;
  readonly online: boolean;
  readonly version: bigint;
  readonly outcome: string;
  /** What this node has. */
  readonly mine: bigint;
  /** Whether that is paid to where it said, and not to the account of its key. */
  readonly toPurse: boolean;
}

/** A line of a journal. */
export type Entry =
  | { readonly type: "paying" | "paid" | "heard"; readonly channelId: ChannelId }
  /** A signature of this node left it; `version` is that of a state, or names a voucher. */
  | { readonly type: "signed"; readonly channelId: ChannelId; readonly version: string; readonly signature: string };

/** Payments under way in each channel. */
const WORKERS = 2;

class Program {
  private node!: Node;
  private start!: Start;
  private journal!: number;
  private busy = false;
  private readonly working = new Set<Promise<void>>();

  async obey(command: Command): Promise<unknown> {
    switch (command.type) {
      case "start":
        return this.begin(command);
      case "connect":
        this.node.connect(command.peer, command.url);
        return;
      case "open": {
        const put = (amount: bigint) => [{ asset: NATIVE, amount }];
        const peers = [{ address: command.peer }];
        const { payments } = command;
        return (await this.node.open({ peers, mine: put(command.mine), theirs: [put(command.theirs)], payments })).id;
      }
      case "close":
        await this.node.close(command.channelId);
        return;
      case "busy":
        this.busy = true;
        for (const { id } of this.open()) for (let i = 0; i < WORKERS; i++) this.work(id);
        return;
      case "rest":
        this.busy = false;
        await Promise.all(this.working);
        return;
      case "use":
        await Promise.all(this.open().map(({ id }) => this.pay(id)));
        return;
      case "look":
        return this.look();
      case "arm":
        arm(command.fuse);
        return;
      case "stop":
        return this.node.stop();
    }
  }

  private async begin(start: Start): Promise<string | undefined> {
    this.start = start;
    this.journal = openSync(start.journal, "a");
    if (start.fuse !== undefined) arm(start.fuse);
    const options = {
      folder: start.folder,
      key: start.key,
      rpc: [start.rpc],
      chainId: start.chainId,
      adjudicator: start.adjudicator,
      payments: start.payments,
      listen: { host: "127.0.0.1", port: 0 },
      confirmations: 0,
      pollInterval: 500,
      settings: {
        payout: start.payout,
        tickEvery: 50,
        resendAfter: 300,
        maxResting: 1, // so that channels go to sleep and wake up all the time
        policy: { ...DEFAULT_POLICY, maxContribution: [{ asset: NATIVE, amount: 10n ** 24n }] },
      },
    };
    const noteSent = (bytes: Uint8Array) => this.noteSignature(decodeMessage(bytes));
    this.node = await startNode(options, (parts) => withBoundaries(parts, noteSent));
    this.node.on((event) => {
      if (event.type !== "paid") return;
      event.payments.forEach(() => this.write({ type: "heard", channelId: event.channelId }));
    });
    return this.node.info().listening;
  }

  private look(): Sight[] {
    return this.node.channels().map(({ id, phase, online, version, outcome, mine }) => ({
      id,
      phase,
      online,
      version: version ?? -1n,
      outcome: JSON.stringify(outcome, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
      mine: mine[0]?.amount ?? 0n,
      toPurse: this.node.channel(id).destinations[this.start.self] === accountDestination(this.start.payout),
    }));
  }

  private open() {
    return this.node.channels().filter(({ phase }) => phase === "open");
  }

  private work(id: ChannelId): void {
    const work = async () => {
      while (this.busy) {
        await this.pay(id).catch(() => undefined); // whether it is in the channel, the channel says
        await sleep(1);
      }
    };
    const working: Promise<void> = work().finally(() => this.working.delete(working));
    this.working.add(working);
  }

  private async pay(channelId: ChannelId): Promise<void> {
    this.write({ type: "paying", channelId });
    await this.node.pay({ channelId, asset: NATIVE, amount: this.start.amount });
    this.write({ type: "paid", channelId });
  }

  private noteSignature(message: WireMessage): void {
    const note = (channelId: ChannelId, version: bigint | string, { r, vs }: CompactSignature) =>
      this.write({ type: "signed", channelId, version: version.toString(), signature: r + vs });
    if (message.type === "sign") note(message.channelId, message.version, message.signature);
    else if (message.type === "voucher") {
      note(message.channelId, `${message.lane} ${message.nonce}`, message.signature);
    } else if (message.type === "commit") {
      note(message.channelId, message.state.version, message.signatures[this.start.self]!);
    } else if (message.type === "open" && message.signature !== undefined) {
      const { chainId, adjudicator } = this.start;
      note(channelIdOf({ chainId, adjudicator }, message.channel), 0n, message.signature);
    }
  }

  private write(entry: Entry): void {
    writeSync(this.journal, `${JSON.stringify(entry)}\n`);
  }
}

function main(): void {
  aroundFetch();
  const program = new Program();
  process.once("disconnect", () => process.exit());
  process.on("message", ({ id, command }: { id: number; command: Command }) => {
    program.obey(command).then(
      (answer) => process.send!({ id, answer }),
      (error: unknown) => process.send!({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.send!("ready");
}

if (require.main === module) main();
