import { expect } from "chai";
import fc from "fast-check";
import { ethers, network } from "hardhat";
import { disputeHashOf, finalHashOf, NATIVE, stateHashOf, type Address, type ChannelId } from "../../../../src";
import { decodeLog, TOPICS, type Located } from "../../../../src/adapters/ethers/events";
import { byPlace } from "../../../../src/adapters/ethers/segment";
import { parseLogs } from "../../../../src/adapters/ethers/shapes";
import { EMPTY_VIEW, foldEvents, sameView } from "../../../../src/adapters/ethers/views";
import type { ChannelView } from "../../../../src/ports/chain";
import { Chain } from "../../../properties/model/chain";
import { freshModel, step } from "../../../properties/model/steps";
import { runs } from "../../../properties/runs";
import { addressOf } from "../../../support/sluice";

describe("views of channels", () => {
  let chain: Chain;
  let token: Address;

  before(async () => {
    chain = await Chain.create();
    token = await addressOf(chain.sluice.token);
  });

  it("say what the contract has stored, after any history, read at once or in parts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(step, { maxCommands: 40, size: "max" }), fc.nat(), async (steps, cut) => {
        const model = freshModel();
        model.now = await chain.reset();
        await fc.asyncModelRun(() => ({ model, real: chain }), steps);
        const events = await allEvents();
        for (const { id } of chain.channels) await expectTrue(id, events, cut);
      }),
      runs(30),
    );
  }).timeout(0);

  async function allEvents(): Promise<Located[]> {
    const { adjudicator: address } = chain.sluice.deployment;
    const logs: unknown = await network.provider.send("eth_getLogs", [{ address, fromBlock: "0x0", topics: [TOPICS] }]);
    return parseLogs(logs).map(decodeLog).sort(byPlace);
  }

  async function expectTrue(id: ChannelId, all: readonly Located[], cut: number): Promise<void> {
    const own = all.filter(({ destination }) => (destination as string) === id);
    const view = fold(id, EMPTY_VIEW, own);
    const border = own[cut % Math.max(1, own.length)]?.block ?? 0; // between blocks: a transaction stays whole
    const early = fold(
      id,
      EMPTY_VIEW,
      own.filter(({ block }) => block < border),
    );
    const late = fold(
      id,
      early,
      own.filter(({ block }) => block >= border),
    );
    expect(sameView(late, view), "in parts").to.equal(true);
    const { adjudicator } = chain.sluice;
    expect(wordOf(id, view)).to.equal(await adjudicator.recordOf(id));
    for (const asset of [NATIVE, token]) {
      expect(view.held[asset] ?? 0n).to.equal(await adjudicator.held(id, asset));
    }
    const paidOut = own.some(({ event }) => event.kind === "moved" && event.amount < 0n);
    if (view.record.kind === "paid") expect(paidOut).to.equal(true);
    if (view.record.kind === "none") expect(paidOut).to.equal(false);
  }
});

const fold = (id: ChannelId, view: ChannelView, events: readonly Located[]): ChannelView =>
  foldEvents(
    id,
    view,
    events.map(({ event }) => event),
  );

/** What the contract stores for a channel of which this view is true. */
function wordOf(id: ChannelId, { record }: ChannelView): string {
  if (record.kind === "dispute") {
    expect(record.dispute.stateHash).to.equal(stateHashOf(id, record.state));
    return disputeHashOf(record.dispute);
  }
  return record.kind === "final" ? finalHashOf(stateHashOf(id, record.state), record.owed) : ethers.ZeroHash;
}
