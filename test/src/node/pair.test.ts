import { expect } from "chai";
import { NATIVE } from "../../../src";
import { openPair, type Pair } from "../../support/nodes";

describe("two nodes", function () {
  this.timeout(60_000);
  let pair: Pair;
  before(async () => (pair = await openPair()));
  after(() => pair.stop());

  it("open a channel, pay each other and close it", async () => {
    const { alice, bob } = pair;
    const { id } = await alice.node.open({
      peers: [{ address: bob.address }],
      mine: [{ asset: NATIVE, amount: 1_000n }],
      theirs: [[{ asset: NATIVE, amount: 500n }]],
    });
    await Promise.all([alice.node.funded(id), bob.node.funded(id)]);
    for (let i = 0; i < 10; i++) {
      await alice.node.pay({ channelId: id, asset: NATIVE, amount: 10n });
      await bob.node.pay({ channelId: id, asset: NATIVE, amount: 1n });
    }
    await Promise.all([
      alice.node.pay({ channelId: id, asset: NATIVE, amount: 10n }),
      bob.node.pay({ channelId: id, asset: NATIVE, amount: 1n }),
    ]);
    expect(alice.node.channel(id).mine).to.deep.equal([{ asset: NATIVE, amount: 1_000n - 99n }]);
    await alice.node.close(id);
    expect(alice.node.channel(id).phase).to.equal("closed");
  });
});
