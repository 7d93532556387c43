import { expect } from "chai";
import fc from "fast-check";
import { id } from "ethers";
import { NATIVE, type Hex } from "../../../../src";
import {
  announce,
  MAX_AHEAD,
  publicKeysOf,
  STALE_AFTER,
  type Announcement,
  type Learnt,
  type Network,
  type PolicyTerms,
} from "../../../../src/payments/routing";
import type { Signer } from "../../../../src/ports/crypto";
import { runs } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";
import {
  ALICE,
  announcedChannel,
  announcedPolicy,
  BOB,
  CAROL,
  channelTerms,
  DEPLOYMENT,
  heldBy,
  idOf,
  INGRID,
  MALLORY,
  newNetwork,
  NOW,
  ordered,
  signerOf,
  TOKEN,
} from "./world";

const CHANNEL = announcedChannel(ALICE, BOB);
const ID = idOf(CHANNEL);

function apply(network: Network, announcement: Announcement, now = NOW): Learnt {
  switch (announcement.kind) {
    case "node":
      return network.applyNode(announcement, now);
    case "channel":
      return network.applyChannel(announcement, heldBy(announcement), now);
    case "policy":
      return network.applyPolicy(announcement, now);
  }
}

const learn = (network: Network, ...announcements: Announcement[]) => announcements.map((a) => apply(network, a));

function announcedNode(signer: Signer, alias: string, timestamp = NOW) {
  const channel = announcedChannel(signer, MALLORY);
  const publicKey = publicKeysOf(DEPLOYMENT, channel)[channel.channel.participants.indexOf(signer.address)]!;
  return announce(DEPLOYMENT, { kind: "node", publicKey, alias, urls: [], timestamp }, signer);
}

const code = (act: () => unknown) => refusal(act).code;

describe("the network as it is known", () => {
  it("has an edge for each direction that is announced and enabled", () => {
    const network = newNetwork();
    const policy = announcedPolicy(CHANNEL, ALICE, { feeBase: 2n });
    expect(learn(network, CHANNEL, policy)).to.deep.equal(["new", "new"]);
    const [edge, ...others] = network.edges(NATIVE);
    expect(others).to.deep.equal([]);
    expect(edge).to.deep.include({ channelId: ID, from: ALICE.address, to: BOB.address, capacity: 1_000n, policy });
    expect([...network.edges(TOKEN)]).to.deep.equal([]);
    learn(network, announcedPolicy(CHANNEL, ALICE, { enabled: false, timestamp: NOW + 1n }));
    expect([...network.edges(NATIVE)]).to.deep.equal([]);
  });

  it("knows the newest of everything, in whatever order it comes", () => {
    const again = announcedChannel(ALICE, BOB, { assets: [{ asset: NATIVE, capacity: 2_000n }], timestamp: NOW + 1n });
    const policies = [ALICE, BOB].flatMap((from) =>
      [0n, 1n, 2n].map((n) => announcedPolicy(CHANNEL, from, { feeBase: n, enabled: n !== 1n, timestamp: NOW + n })),
    );
    const all: Announcement[] = [CHANNEL, again, ...policies];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        const network = newNetwork();
        learn(network, ...order);
        const known = [...network.edges(NATIVE)].map(({ from, capacity, policy }) => [from, capacity, policy.feeBase]);
        expect(known).to.have.deep.members([
          [ALICE.address, 2_000n, 2n],
          [BOB.address, 2_000n, 2n],
        ]);
        expect(learn(network, ...all)).to.deep.equal(all.map(() => "old"));
      }),
      runs(30),
    );
  });

  it("keeps the first of two announcements with one timestamp", () => {
    const network = newNetwork();
    const [one, two] = [1n, 2n].map((feeBase) => announcedPolicy(CHANNEL, ALICE, { feeBase }));
    expect(learn(network, CHANNEL, one!, two!)).to.deep.equal(["new", "new", "old"]);
    expect([...network.edges(NATIVE)][0]!.policy.feeBase).to.equal(1n);
  });

  it("believes no one but the signers", () => {
    const network = newNetwork();
    const terms = channelTerms(ALICE, BOB);
    const half = announce(DEPLOYMENT, terms, ...ordered(ALICE, BOB).map((s) => (s === BOB ? MALLORY : s)));
    expect(code(() => apply(network, half))).to.equal("ANNOUNCEMENT_INVALID");
    expect(network.size).to.equal(0);
    learn(network, CHANNEL);
    for (const by of [BOB, MALLORY]) {
      const policy = announcedPolicy(CHANNEL, ALICE, {}, by);
      expect(code(() => apply(network, policy))).to.equal("ANNOUNCEMENT_INVALID");
    }
    expect([...network.edges(NATIVE)]).to.deep.equal([]);
    expect(code(() => apply(network, { ...announcedNode(ALICE, "A"), alias: "B" }))).to.equal("ANNOUNCEMENT_INVALID");
  });

  it("believes no channel that the chain does not know with that money", () => {
    const network = newNetwork();
    for (const held of [new Map(), new Map([[NATIVE, 999n]])]) {
      expect(code(() => network.applyChannel(CHANNEL, held, NOW))).to.equal("ANNOUNCEMENT_INVALID");
    }
    expect(network.applyChannel(CHANNEL, new Map([[NATIVE, 1_001n]]), NOW)).to.equal("new");
  });

  it("refuses a channel with another app", () => {
    const other = announcedChannel(ALICE, BOB, { channel: { ...CHANNEL.channel, app: TOKEN } });
    expect(code(() => apply(newNetwork(), other))).to.equal("ANNOUNCEMENT_INVALID");
  });

  it("refuses what comes from the future", () => {
    const network = newNetwork();
    learn(network, CHANNEL);
    const at = (ahead: bigint) => announcedPolicy(CHANNEL, ALICE, { timestamp: NOW + ahead });
    expect(code(() => apply(network, at(MAX_AHEAD + 1n)))).to.equal("ANNOUNCEMENT_INVALID");
    expect(apply(network, at(MAX_AHEAD))).to.equal("new");
    expect(code(() => apply(network, announcedNode(ALICE, "A", NOW + MAX_AHEAD + 1n)))).to.equal(
      "ANNOUNCEMENT_INVALID",
    );
    const channel = announcedChannel(ALICE, BOB, { timestamp: NOW + MAX_AHEAD + 1n });
    expect(code(() => apply(network, channel))).to.equal("ANNOUNCEMENT_INVALID");
  });

  it("forgets what is not renewed for two weeks, and a channel with its last policy", () => {
    const network = newNetwork();
    const fresh = announcedPolicy(CHANNEL, BOB, { timestamp: NOW + 10n });
    learn(network, CHANNEL, announcedPolicy(CHANNEL, ALICE), fresh, announcedNode(ALICE, "Alice"));
    const edges = () => [...network.edges(NATIVE)].length;
    network.prune(NOW + STALE_AFTER);
    expect([edges(), network.size]).to.deep.equal([2, 1]);
    network.prune(NOW + STALE_AFTER + 1n);
    expect([edges(), network.size, network.node(ALICE.address)]).to.deep.equal([1, 1, undefined]);
    network.prune(NOW + STALE_AFTER + 11n);
    expect(network.size).to.equal(0);
    expect(apply(network, fresh, NOW + STALE_AFTER + 11n)).to.equal("old");
  });

  it("forgets a closed channel, and nodes that have no other", () => {
    const network = newNetwork();
    const other = announcedChannel(BOB, CAROL);
    learn(network, CHANNEL, announcedPolicy(CHANNEL, ALICE), other);
    learn(network, announcedNode(ALICE, "Alice"), announcedNode(BOB, "Bob"));
    network.close(ID);
    expect(network.channel(ID)).to.equal(undefined);
    expect([...network.edges(NATIVE)]).to.deep.equal([]);
    expect(network.node(ALICE.address)).to.equal(undefined);
    expect(network.node(BOB.address)?.alias).to.equal("Bob");
    network.close(ID);
    expect(network.size).to.equal(1);
  });

  it("keeps announcements of nodes with a channel only", () => {
    const network = newNetwork();
    learn(network, CHANNEL);
    expect(apply(network, announcedNode(CAROL, "Carol"))).to.equal("unneeded");
    expect(apply(network, announcedNode(ALICE, "Alice"))).to.equal("new");
    expect(apply(network, announcedNode(ALICE, "Alicia", NOW + 1n))).to.equal("new");
    expect(apply(network, announcedNode(ALICE, "Alice"))).to.equal("old");
    expect(network.node(ALICE.address)?.alias).to.equal("Alicia");
  });

  it("knows the public key of every node with a channel", () => {
    const network = newNetwork();
    learn(network, CHANNEL);
    expect(network.publicKeyOf(ALICE.address)).to.equal(announcedNode(ALICE, "Alice").publicKey);
    expect(network.publicKeyOf(CAROL.address)).to.equal(undefined);
  });

  it("drops policies for an asset that its channel no longer has", () => {
    const network = newNetwork();
    const changed = announcedChannel(ALICE, BOB, { assets: [{ asset: TOKEN, capacity: 5n }], timestamp: NOW + 1n });
    learn(network, CHANNEL, announcedPolicy(CHANNEL, ALICE), changed);
    expect([...network.edges(NATIVE), ...network.edges(TOKEN)]).to.deep.equal([]);
    learn(network, announcedPolicy(CHANNEL, ALICE, { asset: TOKEN }));
    expect([...network.edges(TOKEN)][0]!.capacity).to.equal(5n);
  });

  it("can be told to another network", () => {
    const [network, other] = [newNetwork(), newNetwork()];
    learn(network, CHANNEL, announcedPolicy(CHANNEL, ALICE), announcedNode(BOB, "Bob"));
    expect(learn(other, ...network.announcements())).to.deep.equal(["new", "new", "new"]);
    expect([...other.edges(NATIVE)]).to.deep.equal([...network.edges(NATIVE)]);
  });
});

describe("a flood of announcements", () => {
  it("takes the space of one policy for each direction and asset, whatever a channel sends", () => {
    const network = newNetwork();
    learn(network, CHANNEL);
    for (let n = 0n; n < 50n; n++) learn(network, announcedPolicy(CHANNEL, ALICE, { timestamp: NOW + n, feeBase: n }));
    expect([...network.announcements()].length).to.equal(2);
  });

  it("leaves the channels that are known when there is no more space", () => {
    const network = newNetwork({ limits: { channels: 2 } });
    const flood = [1, 2, 3].map((n) =>
      announcedChannel(MALLORY, INGRID, {
        channel: { ...channelTerms(MALLORY, INGRID).channel, nonce: id(`${n}`) as Hex },
      }),
    );
    expect(learn(network, CHANNEL, ...flood)).to.deep.equal(["new", "new", "full", "full"]);
    const renewed = announcedChannel(ALICE, BOB, { timestamp: NOW + 1n });
    expect(learn(network, renewed, announcedPolicy(CHANNEL, ALICE))).to.deep.equal(["new", "new"]);
  });

  it("lets the oldest policies go that wait for a channel, and believes no false one", () => {
    const network = newNetwork({ limits: { waitingChannels: 2, waitingPolicies: 3 } });
    const channels = ["x", "y", "z"].map((name) => announcedChannel(ALICE, signerOf(name)));
    expect(learn(network, ...channels.map((channel) => announcedPolicy(channel, ALICE)))).to.deep.equal([
      "waiting",
      "waiting",
      "waiting",
    ]);
    const forged = (changes: Partial<PolicyTerms>) => announcedPolicy(channels[2]!, ALICE, changes, MALLORY);
    learn(network, forged({ feeBase: 7n, timestamp: NOW + 5n }), forged({ feeBase: 8n, timestamp: NOW + 6n }));
    learn(network, ...channels);
    const known = [...network.edges(NATIVE)].map(({ channelId, policy }) => [channelId, policy.feeBase]);
    expect(known).to.deep.equal([channels[1]!, channels[2]!].map((channel) => [idOf(channel), 0n]));
  });
});
