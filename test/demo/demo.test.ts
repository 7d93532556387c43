import { expect } from "chai";
import { parseEther } from "ethers";
import { runScript, type CommandResult } from "../support/command";

interface Story {
  readonly chainId: string;
  readonly adjudicator: string;
  readonly seconds: number;
  readonly chapters: Record<Chapter, Record<string, string | number>>;
}

type Chapter = "opening" | "payments" | "closing" | "fraud" | "ticTacToe" | "rejection";

const amount = (ether: string) => parseEther(ether).toString();

describe("npm run demo", function () {
  this.timeout(180_000);

  describe("-- --json", () => {
    let result: CommandResult;
    let story: Story;

    before(async () => {
      result = await runScript("scripts/demo.ts", ["--json"]);
      expect(result.code, result.stderr).to.equal(0);
      story = JSON.parse(result.stdout) as Story;
    });

    it("prints one document and nothing else", () => {
      expect(result.stderr).to.equal("");
      expect(Object.keys(story)).to.deep.equal(["chainId", "adjudicator", "chapters", "seconds"]);
    });

    it("opens a channel for two with one transaction", () => {
      const { transactions, aliceDeposit, bobDeposit, held } = story.chapters.opening;
      expect(transactions).to.equal(1);
      expect([aliceDeposit, bobDeposit, held]).to.deep.equal([amount("1000"), amount("500"), amount("1500")]);
    });

    it("pays a thousand times", () => {
      const { payments, signatures, perSecond, alice, bob } = story.chapters.payments;
      expect([payments, signatures]).to.deep.equal([1000, 2000]);
      expect([alice, bob]).to.deep.equal([amount("700"), amount("800")]);
      expect(perSecond).to.be.greaterThan(0);
    });

    it("pays both when they close", () => {
      const { aliceReceived, bobReceived } = story.chapters.closing;
      expect([aliceReceived, bobReceived]).to.deep.equal([amount("700"), amount("800")]);
    });

    it("makes a payment at least a hundred times cheaper than a transfer", () => {
      const { opening, closing } = story.chapters;
      expect(closing["gasPerPayment"]).to.equal((Number(opening["gas"]) + Number(closing["gas"])) / 1000);
      expect(Number(closing["transferGas"])).to.be.greaterThan(21_000);
      expect(closing["timesCheaper"]).to.be.greaterThan(100);
    });

    it("moves the bond of the cheater to the cheated, who lose nothing", () => {
      const { bond, attempted, bondWithdrawnByAlice, alicePaid, malloryPaid } = story.chapters.fraud;
      expect([bond, bondWithdrawnByAlice, attempted]).to.deep.equal([amount("0.5"), amount("0.5"), amount("8")]);
      expect([alicePaid, malloryPaid]).to.deep.equal([amount("9"), amount("1")]);
    });

    it("pays the winner of a game whose loser fell silent", () => {
      const { stakes, moves, window, winnerPaid, loserPaid } = story.chapters.ticTacToe;
      expect([moves, window]).to.deep.equal([5, "86400"]);
      expect([stakes, winnerPaid, loserPaid]).to.deep.equal([amount("2"), amount("2"), "0"]);
    });

    it("pays everybody around a recipient that rejects, who loses nothing", () => {
      const { alicePaid, carolPaid, kept, withdrawnElsewhere } = story.chapters.rejection;
      expect([alicePaid, carolPaid]).to.deep.equal([amount("2"), amount("1")]);
      expect([kept, withdrawnElsewhere]).to.deep.equal([amount("3"), amount("3")]);
    });

    it("says what everything that happened on the chain cost", () => {
      const facts = Object.values(story.chapters).flatMap((chapter) => Object.entries(chapter));
      const costs = facts.filter(([name]) => /gas$/i.test(name)).map(([, gas]) => Number(gas));
      expect(costs).to.have.length(9);
      expect(Math.min(...costs)).to.be.greaterThan(21_000);
    });
  });

  it("explains itself with --help", async () => {
    const { code, stdout } = await runScript("scripts/demo.ts", ["--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("--json").and.include("NO_COLOR");
  });

  it("refuses unknown options", async () => {
    const { code, stdout, stderr } = await runScript("scripts/demo.ts", ["--jsno"]);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.match(/^ARGUMENT_INVALID: .*--jsno/);
  });
});
