import { expect } from "chai";
import { NATIVE, ticTacToe, type ChannelId, type Destination } from "../../../src";
import type { Change } from "../../../src/engine/change";
import { expectError } from "../../support/errors";
import type { TestNode } from "../../support/nodes";
import { channelThat, eventOf, scenes, type Scene } from "../../support/scene";
import { FIRST_WINS } from "../../support/ticTacToe";

describe("what two agree on in a channel", function () {
  this.timeout(60_000);
  const scene = scenes();

  it("can be a game in an app channel, that is paid back into the ledger without the chain", async () => {
    const { players, id: ledger } = await openLedger(scene());
    const [first] = players;
    const blocks = await scene().chain.request("eth_blockNumber");
    const game = await openGame(scene(), players, ledger);
    expect(first.node.channel(ledger).mine).to.deep.equal([{ asset: NATIVE, amount: 90n }]);
    for (const [turn, field] of FIRST_WINS.entries()) {
      const player = players[turn % 2]!;
      const { state } = await channelThat(player, game, ({ version }) => version === BigInt(turn + 1));
      await player.node.move(game, ticTacToe.play(state, field));
    }
    await Promise.all(players.map((player) => channelThat(player, game, ({ version }) => version === 6n)));
    await Promise.all(players.map(({ node }) => node.close(game)));
    expect(first.node.channel(ledger).mine).to.deep.equal([{ asset: NATIVE, amount: 110n }]);
    expect(await scene().chain.request("eth_blockNumber")).to.equal(blocks);
    await first.node.close(ledger);
  });

  it("is no move against the rules, and none out of turn", async () => {
    const { players, id: ledger } = await openLedger(scene());
    const game = await openGame(scene(), players, ledger);
    const [first, second] = players;
    const { state } = first.node.channel(game);
    const move = ticTacToe.play(state, 4);
    await expectError("MOVE_INVALID", () => second.node.move(game, move));
    await expectError("MOVE_INVALID", () => first.node.move(game, { ...move, outcome: state.outcome }));
    await first.node.move(game, move);
    const { version } = await channelThat(second, game, (channel) => channel.version === 2n);
    expect(version).to.equal(2n);
  });

  it("is up to the user where it takes something", async () => {
    const { players, id } = await openLedger(scene());
    for (const [asker, asked] of [players, [...players].reverse()] as const) {
      const invoice = invoiceOf(asker, asked, id, 5n);
      const question = eventOf(asked, "asked");
      const paid = asker.node.update(id, invoice);
      expect(await question).to.deep.include({ channelId: id, change: invoice });
      expect(asked.node.channel(id).questions.map(({ change }) => change)).to.deep.equal([invoice]);
      await asked.node.answer(id, invoice, true);
      await paid;
      expect(asked.node.channel(id).questions).to.deep.equal([]);
    }
  });

  it("is nothing that the user refuses", async () => {
    const { players, id } = await openLedger(scene());
    for (const [asker, asked] of [players, [...players].reverse()] as const) {
      const invoice = invoiceOf(asker, asked, id, 5n);
      const question = eventOf(asked, "asked");
      const refused = expectError("CHANGE_REFUSED", () => asker.node.update(id, invoice));
      await question;
      await asked.node.answer(id, invoice, false);
      await refused;
      await asker.node.pay({ channelId: id, asset: NATIVE, amount: 1n });
    }
    expect(players.map(({ node }) => node.channel(id).mine[0]!.amount)).to.deep.equal([100n, 100n]);
  });

  it("is no payment of more than there is", async () => {
    const { players, id } = await openLedger(scene());
    for (const { node } of players) {
      await expectError("FUNDS_INSUFFICIENT", () => node.pay({ channelId: id, asset: NATIVE, amount: 101n }));
      await expectError("AMOUNT_OUT_OF_RANGE", () => node.pay({ channelId: id, asset: NATIVE, amount: 0n }));
      await expectError("PAYEE_UNKNOWN", () => node.pay({ channelId: id, asset: NATIVE, amount: 1n, to: 2 }));
    }
  });
});

interface Ledger {
  /** In the order of the participants. */
  readonly players: readonly [TestNode, TestNode];
  readonly id: ChannelId;
}

/** A channel of 100 each. */
async function openLedger(scene: Scene): Promise<Ledger> {
  const [alice, bob] = [await scene.enter("Alice"), await scene.enter("Bob")];
  const { id } = await alice.node.open({
    peers: [{ address: bob.address }],
    mine: [{ asset: NATIVE, amount: 100n }],
    theirs: [[{ asset: NATIVE, amount: 100n }]],
  });
  await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
  return { players: alice.node.channel(id).self === 0 ? [alice, bob] : [bob, alice], id };
}

/** A game for 10 of each, with an empty board. */
async function openGame({ chain }: Scene, [first, second]: Ledger["players"], ledger: ChannelId): Promise<ChannelId> {
  const { id } = await first.node.open({
    peers: [{ address: second.address }],
    mine: [{ asset: NATIVE, amount: 10n }],
    theirs: [[{ asset: NATIVE, amount: 10n }]],
    app: chain.ticTacToe,
    funding: { ledger },
  });
  await Promise.all([first.node.funded(id), second.node.funded(id)]);
  const destinations = first.node.channel(id).destinations as [Destination, Destination];
  const { appData } = ticTacToe.openingState({ asset: NATIVE, destinations, stakes: [10n, 10n] });
  await first.node.update(id, { transfers: [], appData, final: false });
  await channelThat(second, id, ({ version }) => version === 1n);
  return id;
}

/** What takes something from somebody else. */
function invoiceOf({ node }: TestNode, payer: TestNode, id: ChannelId, amount: bigint): Change {
  const { destinations, self } = node.channel(id);
  const from = destinations[payer.node.channel(id).self]!;
  return { transfers: [{ asset: NATIVE, from, to: destinations[self]!, amount }], final: false };
}
