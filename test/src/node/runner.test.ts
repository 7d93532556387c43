import { expect } from "chai";
import { createSigner, verifySignature } from "../../../src/adapters/crypto/native";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { channelIdOf, NATIVE, toAddress, type ChannelId } from "../../../src";
import type { Context } from "../../../src/engine/context";
import type { Effect } from "../../../src/engine/effects";
import { openChannel } from "../../../src/engine/opening";
import { DEFAULT_SETTINGS } from "../../../src/node/parts";
import { Channels } from "../../../src/node/channels";
import { Runner } from "../../../src/node/runner";
import { termsOf } from "../../../src/node/terms";
import { keyOf } from "../../support/nodes";

const DEPLOYMENT = { chainId: 31337n, adjudicator: toAddress("0x5FbDB2315678afecb367f032d93F642f64180aa3") };
const ALICE = keyOf("Alice");

describe("a runner of channels", () => {
  it("shows and performs what is durable, and not before", async () => {
    let flush!: () => void;
    const stage = new Stage(() => new Promise((resolve) => (flush = resolve)));
    const id = stage.open();
    await turns();
    expect(stage.channels.getDurable(id)).to.equal(undefined);
    expect(stage.performed).to.deep.equal([]);
    flush();
    await stage.runner.idle();
    expect(stage.channels.getDurable(id)?.record.id).to.equal(id);
    expect(stage.performed.map(({ type }) => type)).to.deep.equal(["send"]);
    expect(stage.changed).to.deep.equal([id]);
  });

  it("lets nothing out any more when a write has failed", async () => {
    const stage = new Stage(() => Promise.reject(new Error("There is no room.")));
    const id = stage.open();
    await stage.runner.idle();
    stage.runner.dispatch(id, { type: "connected", peer: 1 });
    stage.runner.dispatch(id, { type: "tick" });
    await stage.runner.idle();
    expect(stage.failures).to.have.length(1);
    expect(stage.performed).to.deep.equal([]);
    expect(stage.channels.getDurable(id)).to.equal(undefined);
  });

  it("drops an event that it cannot handle, as if it had not happened", async () => {
    const stage = new Stage();
    const id = stage.open();
    await stage.runner.idle();
    const before = stage.channels.get(id);
    stage.isBroken = true;
    stage.runner.dispatch(id, { type: "connected", peer: 1 });
    expect(stage.dropped).to.deep.equal(["connected"]);
    expect(stage.channels.get(id)).to.equal(before);
    stage.isBroken = false;
    stage.runner.dispatch(id, { type: "connected", peer: 1 });
    await stage.runner.idle();
    expect(stage.performed.map(({ type }) => type)).to.deep.equal(["send", "send"]);
  });

  it("finds what it has stored, and only that, after it was ended", async () => {
    const stage = new Stage();
    const id = stage.open();
    await stage.runner.end();
    const late = stage.open();
    await stage.runner.idle();
    const next = new Stage(undefined, stage.store);
    expect([...next.channels.load()]).to.deep.equal([stage.channels.getDurable(id)!.record]);
    expect(stage.channels.get(late)).to.equal(undefined);
  });
});

/** A runner of Alice's channels with Bob, and what it tells. */
class Stage {
  readonly performed: Effect[] = [];
  readonly changed: ChannelId[] = [];
  readonly dropped: string[] = [];
  readonly failures: unknown[] = [];
  readonly store: MemoryStore;
  readonly channels: Channels;
  readonly runner: Runner;
  isBroken = false;
  private nonce = 0n;

  constructor(flush?: () => Promise<void>, stored?: MemoryStore) {
    this.store = new MemoryStore(stored?.durable(), flush);
    this.channels = new Channels({ store: this.store, maxResting: 10, connectedTo: () => 0 });
    this.runner = new Runner(this.store, this.channels, () => this.context(), {
      perform: (_, effect) => this.performed.push(effect),
      changed: ({ record }) => this.changed.push(record.id),
      dropped: (_, { type }) => this.dropped.push(type),
      failed: (error) => this.failures.push(error),
    });
  }

  open(): ChannelId {
    const defaults = { self: ALICE.address, payout: ALICE.address, challengePeriod: 3_600n };
    const peers = [{ address: keyOf("Bob").address }];
    const request = { peers, mine: [{ asset: NATIVE, amount: 1n }] };
    const terms = termsOf(defaults, request, `0x${(++this.nonce).toString(16).padStart(64, "0")}`);
    this.runner.begin(openChannel(this.context(), terms, undefined));
    return channelIdOf(DEPLOYMENT, terms.channel);
  }

  private context(): Context {
    if (this.isBroken) throw new Error("This is a mistake in the program.");
    return {
      deployment: DEPLOYMENT,
      signer: createSigner(ALICE.privateKey),
      verify: verifySignature,
      settings: DEFAULT_SETTINGS,
      rulesOf: () => undefined,
      paymentsOf: () => undefined,
      recordOf: (id) => this.channels.get(id)?.record,
      factOf: () => undefined,
      now: 0,
      chainTime: 0n,
      confirmedTime: 0n,
    };
  }
}

/** Lets everything happen that can. */
function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
