import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { restoreBackup } from "../../../src/adapters/backup/backup";
import { createDataFolder, filesOf } from "../../../src/adapters/dataFolder";
import { importKey } from "../../../src/adapters/keys";
import { MemoryStore } from "../../../src/adapters/memoryStore";
import { NATIVE, SluiceError, type ChannelId } from "../../../src";
import type { Node } from "../../../src/node/node";
import type { NodeParts } from "../../../src/node/parts";
import { decodeRecord, recordKey } from "../../../src/node/records";
import { startNode, type StartOptions } from "../../../src/node/start";
import { enrich } from "../../../scripts/lib/nodes";
import type { Signer } from "../../../src/ports/crypto";
import { RESTORED, type Store } from "../../../src/ports/store";
import { expectError } from "../../support/errors";
import { keyOf, type TestNode } from "../../support/nodes";
import { channelThat, eventOf, scenes, TRUSTING, type Scene } from "../../support/scene";

const PASSWORD = "a password in tests only";

describe("a node that starts again", function () {
  this.timeout(60_000);
  const scene = scenes();

  describe("on its store", () => {
    it("goes on where it stopped", async () => {
      const { alice, bob, id } = await openPair(scene());
      await pay(alice.node, id, 5n);
      await scene().leave(alice);
      const again = await scene().enter("Alice", { store: new MemoryStore(alice.store.durable()) });
      expect(again.node.channel(id)).to.deep.include({
        phase: "open",
        version: 1n,
        mine: [{ asset: NATIVE, amount: 95n }],
      });
      await pay(again.node, id, 5n);
      await pay(bob.node, id, 1n);
      await Promise.all([again.node.close(id), bob.node.close(id)]);
    });

    it("gets back from its peer what it told of a payment before its disk had it", async () => {
      const { alice, bob, id } = await openPair(scene());
      const [payer, name] = alice.node.channel(id).self === 1 ? [alice, "Alice"] : [bob, "Bob"];
      await pay(payer.node, id, 5n);
      const left = new MemoryStore(payer.store.durable());
      expect(payer.node.channel(id).version).to.equal(1n);
      expect(decodeRecord(id, left.get(recordKey(id))!).agreed!.state.version).to.equal(0n);
      await scene().leave(payer);
      const again = await scene().enter(name, { store: left });
      await channelThat(again, id, ({ version }) => version === 1n);
      await pay(again.node, id, 5n);
      expect(again.node.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 90n }]);
    });

    it("has let nothing out that a full disk did not take, and goes on once there is room", async () => {
      let isFull = false;
      const full = new SluiceError("DISK_FULL", "There is no room on the disk.", "Make room.");
      const store = new MemoryStore([], () => (isFull ? Promise.reject(full) : Promise.resolve()));
      const { alice, bob, id } = await openPair(scene(), store);
      await pay(alice.node, id, 5n);
      const alarm = eventOf(alice, "alarm");
      isFull = true;
      const { message } = await expectError("NODE_STOPPED", () => pay(alice.node, id, 7n));
      expect(message).to.include("no room on the disk");
      expect((await alarm).code).to.equal("STOPPED");
      await expectError("NODE_STOPPED", () => pay(alice.node, id, 7n));
      await alice.node.stop();
      expect(alice.node.channel(id).version).to.equal(1n);
      await channelThat(bob, id, ({ online, version }) => !online && version === 1n);
      await scene().leave(alice);
      const again = await scene().enter("Alice", { store: new MemoryStore(store.durable()) });
      await pay(again.node, id, 7n);
      const { mine } = await channelThat(bob, id, ({ version }) => version === 2n);
      expect(mine).to.deep.equal([{ asset: NATIVE, amount: 112n }]);
    });
  });

  describe("on a real disk", () => {
    let folder: string;
    const running = new Set<Node>();
    const home = process.env["HOME"];

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "sluice-node-"));
      process.env["HOME"] = folder; // where the locks of this user's keys are
    });
    afterEach(async () => {
      await Promise.all([...running].map((node) => node.stop()));
      running.clear();
      process.env["HOME"] = home;
      await rm(folder, { recursive: true, force: true });
    });

    const start = async (
      name: string,
      place: string,
      options: Partial<StartOptions> = {},
      adapt?: (parts: NodeParts) => NodeParts,
    ): Promise<Node> => {
      const { chain } = scene();
      const node = await startNode(
        {
          folder: join(folder, place),
          key: keyOf(name + folder),
          rpc: [chain.url],
          chainId: chain.chainId,
          adjudicator: chain.adjudicator,
          listen: { host: "127.0.0.1", port: 0 },
          confirmations: 0,
          pollInterval: 50,
          settings: { tickEvery: 50, resendAfter: 200, policy: TRUSTING(NATIVE) },
          ...options,
        },
        adapt,
      );
      running.add(node);
      return node;
    };

    const settle = async (name: string): Promise<Node> => {
      const key = keyOf(name + folder);
      await enrich(scene().chain, key.address);
      await createDataFolder(join(folder, name));
      await importKey(filesOf(join(folder, name)).key, PASSWORD, key.privateKey, { scryptCost: 2 });
      return start(name, name);
    };

    const stop = async (node: Node): Promise<void> => {
      running.delete(node);
      await node.stop();
    };

    it("finds its channels and its peers again", async () => {
      const [alice, bob] = [await settle("Alice"), await settle("Bob")];
      const id = await openChannel(alice, bob);
      await pay(alice, id, 5n);
      await stop(alice);
      const again = await start("Alice", "Alice");
      await pay(again, id, 5n);
      expect(again.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 90n }]);
    });

    it("shares neither its folder nor its key", async () => {
      await settle("Alice");
      await expectError("KEY_IN_USE", () => start("Alice", "elsewhere"));
      await expectError("FOLDER_LOCKED", () => start("Mallory", "Alice"));
    });

    it("gives back everything when it cannot start", async () => {
      const alice = await settle("Alice");
      const bob = await settle("Bob");
      const port = Number(new URL(bob.info().listening!).port);
      await stop(alice);
      const listen = { host: "127.0.0.1", port };
      await expectError("LISTEN_FAILED", () => start("Alice", "Alice", { listen }));
      await expectError("CHAIN_WRONG", () => start("Alice", "Alice", { chainId: 1n }));
      await expectError("STORE_MISSING", () => start("Alice", "nowhere"));
      expect((await start("Alice", "Alice")).info().channels).to.equal(0);
    });

    it("does not remember the address of a peer that is none", async () => {
      const alice = await settle("Alice");
      await expectError("URL_INVALID", () => alice.connect(keyOf("Bob").address, "example.org:9000"));
      await stop(alice);
      await start("Alice", "Alice");
    });

    it("learns from its peers what a restored backup lacks, before it signs anything", async () => {
      const [alice, bob] = [await settle("Alice"), await settle("Bob")];
      const id = await openChannel(alice, bob);
      await pay(alice, id, 5n);
      await alice.backup(join(folder, "backup"), PASSWORD);
      await pay(bob, id, 20n);
      await pay(alice, id, 1n);
      const { version } = alice.channel(id);
      await stop(alice);
      await stop(bob);

      await restoreBackup(join(folder, "backup"), PASSWORD, join(folder, "restored"));
      let signed = 0;
      let store!: Store;
      const restored = await start("Alice", "restored", {}, (parts) => {
        store = parts.store;
        const sign: Signer["sign"] = (digest) => {
          signed++;
          return parts.signer.sign(digest);
        };
        return { ...parts, signer: { address: parts.signer.address, sign } };
      });
      expect(restored.channel(id).version).to.equal(1n);
      await expectError("NOT_CAUGHT_UP", () => restored.challenge(id));
      const paid = pay(restored, id, 2n);
      expect(signed).to.equal(0);

      const again = await start("Bob", "Bob");
      again.connect(restored.info().address, restored.info().listening!);
      const next = await paid;
      expect(next.version > version!).to.equal(true);
      expect(restored.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 112n }]);
      await pay(again, id, 1n);

      const abort = new AbortController();
      const left = restored.challenge(id, abort.signal).catch((error: unknown) => (error as Error).name);
      abort.abort();
      expect(await left, "it may leave now").to.equal("AbortError");
      expect(store.get(RESTORED)).to.equal(undefined);
    });
  });
});

function pay(node: Node, channelId: ChannelId, amount: bigint) {
  return node.pay({ channelId, asset: NATIVE, amount });
}

/** A channel of 100 each, between nodes that meet over the network. */
async function openChannel(alice: Node, bob: Node): Promise<ChannelId> {
  const { address, listening } = bob.info();
  const { id } = await alice.open({
    peers: [{ address, url: listening! }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }]],
  });
  await Promise.all([alice.funded(id), bob.funded(id)]);
  return id;
}

/** Alice and Bob with a channel of 100 each. */
async function openPair(
  scene: Scene,
  store: MemoryStore = new MemoryStore(),
): Promise<{ readonly alice: TestNode; readonly bob: TestNode; readonly id: ChannelId }> {
  const [alice, bob] = [await scene.enter("Alice", { store }), await scene.enter("Bob")];
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }]],
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  return { alice, bob, id };
}
