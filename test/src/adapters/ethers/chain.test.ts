import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { toBeHex } from "ethers";
import { network } from "hardhat";
import {
  accountDestination,
  channelDestination,
  NATIVE,
  NO_DISPUTE,
  SluiceError,
  toAddress,
  type ChannelId,
} from "../../../../src";
import { Harness, Journal, mine } from "../../../support/chainHarness";
import { MapStore } from "../../../support/mapStore";
import { Raw } from "../../../support/rpcServer";
import { addressOf, ETHER, freshSluice, split, TestChannel, type Sluice } from "../../../support/sluice";

describe("a chain behind endpoints", () => {
  let sluice: Sluice;
  let harness: Harness;
  let channel: TestChannel;
  let journal: Journal;

  beforeEach(async () => {
    sluice = await freshSluice();
    harness = await Harness.create(sluice, 2);
    channel = new TestChannel(sluice, [sluice.alice, sluice.bob], { bond: 7n });
    journal = new Journal();
  });

  afterEach(() => harness.close());

  const outage = () => Promise.resolve(new Raw(503, ""));
  const everywhere = (behaviour: Harness["servers"][0]["behaviour"]) =>
    harness.servers.forEach((server) => (server.behaviour = behaviour));

  async function refusalOf(start: Promise<void>): Promise<SluiceError> {
    const error: unknown = await start.then(() => undefined).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SluiceError);
    return error as SluiceError;
  }

  it("takes a channel from its deposit through a dispute to its payout", async () => {
    const { alice, bob } = sluice;
    const chain = harness.open();
    await chain.start(journal);
    chain.watch(channel.id);
    const destination = channelDestination(channel.id);
    const amount = 5n * ETHER;
    await chain.submit({ id: "deposit", call: { kind: "depositNative", destination, expectedHeld: 0n, amount } });
    await journal.until(() => journal.views.get(channel.id)?.confirmed.held[NATIVE] === amount);
    const state = channel.state(3n, [split(NATIVE, [alice, 2n * ETHER], [bob, 3n * ETHER])]);
    const terms = { channel: channel.terms, state, signatures: channel.sign(state) };
    const challenger = channel.signChallenge(state, alice);
    await chain.submit({ id: "challenge", call: { kind: "challenge", dispute: NO_DISPUTE, challenger, ...terms } });
    await journal.until(() => journal.views.get(channel.id)?.latest.record.kind === "dispute");
    const { record } = journal.views.get(channel.id)!.latest;
    if (record.kind !== "dispute") throw new Error("There is no dispute.");
    await time.increaseTo(record.dispute.finalizesAt);
    await chain.submit({ id: "settle", call: { ...record, kind: "settle", channelId: channel.id } });
    await journal.until(() => journal.fates.has("settle"));
    expect(journal.views.get(channel.id)).to.deep.equal({
      latest: { held: {}, record: { kind: "final", state, owed: [] } },
      confirmed: { held: {}, record: { kind: "final", state, owed: [] } },
    });
    expect([...journal.fates.values()].map(({ kind }) => kind)).to.deep.equal(["mined", "mined", "mined"]);
    await journal.until(() => journal.accounts.get(`${alice.account.address} ${NATIVE}`) === 7n);
  });

  it("tells of a channel before the block, and of the end of a transaction after both", async () => {
    const chain = harness.open();
    await chain.start(journal);
    chain.watch(channel.id);
    await journal.until(() => journal.views.has(channel.id));
    const told = journal.lines.length;
    const destination = channelDestination(channel.id);
    await chain.submit({ id: "deposit", call: { kind: "depositNative", destination, expectedHeld: 0n, amount: 1n } });
    await journal.until(() => journal.fates.has("deposit"));
    const kinds = journal.lines.slice(told).map((line) => line.split(" ")[0]);
    expect(kinds).to.deep.equal(["channel", "block", "done"]);
  });

  it("tells what waits for its account once it is confirmed, and when it is gone", async () => {
    const { adjudicator, alice } = sluice;
    const chain = harness.open({ confirmations: 2 });
    await chain.start(journal);
    await adjudicator.depositNative(alice.destination, 0n, { value: 9n });
    await mine();
    expect(journal.accounts.size).to.equal(0);
    await mine();
    const waiting = () => journal.accounts.get(`${alice.account.address} ${NATIVE}`);
    await journal.until(() => waiting() === 9n);
    await adjudicator.connect(alice.account).withdraw(NATIVE, alice.account.address, 9n);
    await mine(2);
    await journal.until(() => waiting() === 0n);
  });

  it("reads balances and the head", async () => {
    const { alice, token, adjudicator } = sluice;
    const chain = harness.open();
    await chain.start(journal);
    const account = toAddress(alice.account.address);
    await adjudicator.depositNative(alice.destination, 0n, { value: 9n });
    expect(await chain.held(accountDestination(account), NATIVE)).to.equal(9n);
    expect(await chain.balanceOf(account, await addressOf(token))).to.equal(await token.balanceOf(account));
    expect(await chain.balanceOf(account, NATIVE)).to.equal(await alice.account.provider.getBalance(account));
    const block = await alice.account.provider.getBlock("latest");
    expect(await chain.head()).to.deep.equal({
      number: BigInt(block!.number),
      hash: block!.hash,
      timestamp: BigInt(block!.timestamp),
    });
  });

  it("does not start on another chain", async () => {
    everywhere(({ method }, forward) => (method === "eth_chainId" ? Promise.resolve("0x1") : forward()));
    expect(await refusalOf(harness.open().start(journal))).to.include({ code: "CHAIN_WRONG" });
  });

  it("does not start where there is no adjudicator", async () => {
    const chain = harness.open({ adjudicator: toAddress(sluice.alice.account.address) });
    expect(await refusalOf(chain.start(journal))).to.include({ code: "CHAIN_WRONG" });
  });

  it("does not start while nobody answers, and can be started later", async () => {
    const chain = harness.open();
    everywhere(outage);
    expect(await refusalOf(chain.start(journal))).to.include({ code: "RPC_UNREACHABLE" });
    everywhere((_, forward) => forward());
    await chain.start(journal);
    expect(journal.blocks).to.have.length(1);
  });

  it("keeps what is submitted during an outage, warns once, and goes on when it is over", async () => {
    const chain = harness.open();
    await chain.start(journal);
    chain.watch(channel.id);
    everywhere(outage);
    const destination = channelDestination(channel.id);
    await chain.submit({ id: "deposit", call: { kind: "depositNative", destination, expectedHeld: 0n, amount: 5n } });
    await journal.until(() => journal.alarms.length > 0);
    await mine();
    everywhere((_, forward) => forward());
    await journal.until(() => journal.fates.has("deposit"));
    expect(await channel.held()).to.equal(5n);
    expect(journal.alarms.map(({ code }) => code)).to.deep.equal(["RPC_UNREACHABLE"]);
    expect(journal.alarms[0]!.message).to.not.match(/127|SECRET/);
  });

  it("sees what the preferred endpoint withholds, since the block says that there is something", async () => {
    harness.servers[0]!.behaviour = ({ method }, forward) =>
      method === "eth_getLogs" ? Promise.resolve([]) : forward();
    const chain = harness.open();
    await chain.start(journal);
    chain.watch(channel.id);
    await journal.until(() => journal.views.has(channel.id));
    await channel.fundNative(5n);
    await journal.until(() => journal.views.get(channel.id)!.latest.held[NATIVE] === 5n);
  });

  it("finds ten thousand channels again without asking for any of them", async () => {
    const store = new MapStore();
    const ids = Array.from({ length: 10_000 }, (_, i) => toBeHex(2n ** 255n + BigInt(i), 32) as ChannelId);
    const first = harness.open({ store });
    await first.start(journal);
    for (const id of [...ids, channel.id]) first.watch(id);
    await channel.fundNative(5n);
    await journal.until(() => journal.views.size === 10_001);
    await first.close();
    const asked = harness.servers[0]!.asked.length;
    journal = new Journal();
    const second = harness.open({ store: store.afterCrash() });
    for (const id of [...ids, channel.id]) second.watch(id);
    await second.start(journal);
    expect(journal.views.size).to.equal(10_001);
    expect(journal.views.get(channel.id)!.latest.held[NATIVE]).to.equal(5n);
    expect(harness.servers[0]!.asked.length - asked).to.be.lessThan(60);
  });

  it("says nothing any more once it is closed", async () => {
    const chain = harness.open();
    await chain.start(journal);
    await chain.close();
    const told = journal.lines.length;
    await mine(3);
    await network.provider.send("eth_blockNumber", []);
    expect(journal.lines.length).to.equal(told);
  });
});
