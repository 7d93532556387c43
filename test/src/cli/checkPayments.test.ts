import { expect } from "chai";
import { checkPayments } from "../../../src/cli/checkPayments";
import { configSchema, type Config } from "../../../src/cli/config";
import { expectError } from "../../support/errors";
import { startChain, type LocalChain } from "../../support/nodes";

describe("the contracts of payment channels in a configuration", function () {
  this.timeout(60_000);
  let chain: LocalChain;

  before(async () => (chain = await startChain()));
  after(() => chain.stop());

  const configOf = (payments?: Partial<LocalChain["payments"]>, url = chain.url): Config =>
    configSchema.parse({
      chainId: "31337",
      rpc: [url],
      adjudicator: chain.adjudicator,
      ...(payments !== undefined && { payments: { ...chain.payments, ...payments } }),
    });

  it("are found where a deployment has put them", async () => {
    expect(await checkPayments(configOf({}))).to.equal(`by ${chain.payments.app}`);
  });

  it("need not be there", async () => {
    expect(await checkPayments(configOf())).to.include("none");
  });

  it("are missed where there is no code", async () => {
    await expectError("CONFIG_INVALID", () => checkPayments(configOf({ scalars: `0x${"5a".repeat(20)}` as never })));
  });

  it("have to belong together", async () => {
    const { preimages, scalars } = chain.payments;
    await expectError("CONFIG_INVALID", () => checkPayments(configOf({ lockSet: scalars })));
    await expectError("CONFIG_INVALID", () => checkPayments(configOf({ app: preimages })));
  });

  it("cannot be checked while no endpoint answers", async () => {
    await expectError("RPC_UNREACHABLE", () => checkPayments(configOf({}, "http://127.0.0.1:1")));
  });
});
