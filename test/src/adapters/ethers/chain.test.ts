import { expect } from "chai";
import { FINAL_VERSION, NATIVE, NO_DISPUTE, NO_SIGNATURE, toAddress } from "../../../../src";
import { Harness, Journal, mine } from "../../../support/chainHarness";
import { MapStore } from "../../../support/mapStore";
import { DAY, ETHER, freshSluice, split, TestChannel } from "../../../support/sluice";

describe("EthersChain", () => {
  let harness: Harness;
  let channel: TestChannel;
  let journal: Journal;

  beforeEach(async () => {
    const sluice = await freshSluice();
    harness = await Harness.create(sluice);
    channel = new TestChannel(sluice, [sluice.alice, sluice.bob]);
    journal = new Journal();
  });

  afterEach(() => harness.close());

  it("takes a channel from its deposit through a dispute to its payout", async () => {
    const { alice, bob, deployment } = harness.sluice;
    const chain = harness.open();
    await chain.start(journal);
    chain.watch(channel.id);
    await chain.submit({
      id: "deposit",
      call: { kind: "depositNative", destination: alice.destination && (channel.id as never), expectedHeld: 0n, amount: 5n * ETHER },
    });
    await journal.until(() => journal.views.get(channel.id)?.confirmed.held[NATIVE] === 5n * ETHER);
    const state = channel.state(3n, [split(NATIVE, [alice, 2n * ETHER], [bob, 3n * ETHER])]);
    const signatures = channel.sign(state);
    await chain.submit({
      id: "challenge",
      call: { kind: "challenge", channel: channel.terms, dispute: NO_DISPUTE, state, signatures, challenger: NO_SIGNATURE },
    });
    await journal.until(() => journal.fates.has("challenge"));
    expect(journal.fates.get("challenge")).to.include({ kind: "mined" });
    const record = journal.views.get(channel.id)!.latest.record;
    expect(record.kind).to.equal("dispute");
    expect(deployment).to.not.equal(undefined);
    console.log(journal.lines);
  });
});
