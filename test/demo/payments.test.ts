import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseEther } from "ethers";
import { LINKS, NAMES, UNITS, type Name, type Unit } from "../../scripts/demo-payments/network";
import { ROOT, runScript, type CommandResult } from "../support/command";

const SCRIPT = "scripts/demoPayments.ts";

interface Step {
  readonly from: Name;
  readonly to: Name;
  readonly amount: string;
  readonly key: string;
}

interface Paid {
  readonly title: string;
  readonly unit: Unit;
  readonly amount: string;
  readonly fee: string;
  readonly milliseconds: number;
  readonly triedInVain: readonly (readonly Name[])[];
  readonly steps: readonly Step[];
}

interface Story {
  readonly opening: { readonly channels: number; readonly transactions: number; readonly gas: string };
  readonly payments: readonly Paid[];
  readonly failed: Record<"amount" | "before" | "after" | "why", string>;
  readonly transactionsMeanwhile: number;
  readonly closing: {
    readonly transactions: number;
    readonly gas: string;
    readonly paidOut: Readonly<Record<Name, Readonly<Record<Unit, string>>>>;
  };
  readonly picture: string;
}

const OVER_CAROL = ["Alice", "Ingrid", "Carol", "Bob"];
const OVER_DAVE = ["Alice", "Ingrid", "Dave", "Bob"];

describe("npm run demo:payments", function () {
  this.timeout(300_000);

  describe("-- --json", () => {
    let result: CommandResult;
    let story: Story;
    let drawn: string;

    before(async () => {
      const folder = mkdtempSync(join(tmpdir(), "sluice-picture-"));
      try {
        const picture = join(folder, "network.svg");
        result = await runScript(SCRIPT, ["--json", "--svg", picture]);
        expect(result.code, result.stderr).to.equal(0);
        story = JSON.parse(result.stdout) as Story;
        expect(story.picture).to.equal(picture);
        drawn = readFileSync(picture, "utf8");
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("prints one document and nothing else", () => {
      expect(result.stderr).to.equal("");
      const parts = ["opening", "payments", "failed", "transactionsMeanwhile", "closing", "picture", "seconds"];
      expect(Object.keys(story)).to.deep.equal(parts);
    });

    it("opens channels of two currencies on the chain", () => {
      expect(story.opening.channels).to.equal(5);
      expect(story.opening.transactions).to.be.at.least(2 * 2 * 5);
      expect(Number(story.opening.gas)).to.be.above(21_000 * story.opening.transactions);
    });

    it("pays over three hops in both currencies, the cheapest way that works", () => {
      const ways = story.payments.map(({ steps }) => ["Alice", ...steps.map(({ to }) => to)]);
      expect(ways).to.deep.equal([OVER_CAROL, OVER_CAROL, OVER_DAVE, OVER_CAROL]);
      expect(story.payments.map(({ unit }) => unit)).to.deep.equal(["ETH", "TUSD", "TUSD", "ETH"]);
    });

    it("leaves the difference between two hops, and no more, to the node between them", () => {
      for (const { amount, fee, steps } of story.payments) {
        const [first, second, last] = steps.map((step) => BigInt(step.amount));
        expect([last, first! - last!], "what Bob gets, and what it costs").to.deep.equal([BigInt(amount), BigInt(fee)]);
        expect(first! > second! && second! > last!).to.equal(true);
      }
    });

    it("locks all hops on one hash, or each on a point of its own", () => {
      const [byHash, byPoint] = story.payments.map(({ steps }) => new Set(steps.map(({ key }) => key)).size);
      expect([byHash, byPoint]).to.deep.equal([1, 3]);
    });

    it("goes around a node that does not pass on, after it has tried it", () => {
      expect(story.payments.map(({ triedInVain }) => triedInVain)).to.deep.equal([[], [], [OVER_CAROL], []]);
    });

    it("gives everything back of a payment that finds no way", () => {
      const { before, after, why } = story.failed;
      expect([after, why]).to.deep.equal([before, "PAYMENT_FAILED"]);
    });

    it("needs no transaction while it pays, not even for a node that was killed", () => {
      expect(story.transactionsMeanwhile).to.equal(0);
    });

    it("pays out to the last unit what was put in, less what was paid, plus what was earned", () => {
      const carolSpent = { from: "Carol", to: "Bob", amount: parseEther("75") } as const;
      for (const name of NAMES) {
        for (const unit of UNITS) {
          const steps = story.payments.filter((payment) => payment.unit === unit).flatMap((payment) => payment.steps);
          const moves = unit === "TUSD" ? [...steps, carolSpent] : steps;
          const change = moves.reduce((sum, { from, to, amount }) => {
            return sum + (to === name ? BigInt(amount) : 0n) - (from === name ? BigInt(amount) : 0n);
          }, 0n);
          expect(story.closing.paidOut[name][unit], `${name}, ${unit}`).to.equal(String(putsOf(name, unit) + change));
        }
      }
      expect(story.closing.transactions).to.be.at.least(5);
    });

    it("draws the picture of the documentation", () => {
      expect(drawn).to.equal(readFileSync(join(ROOT, "docs/images/payments-network.svg"), "utf8"));
    });
  });

  it("explains itself with --help", async () => {
    const { code, stdout } = await runScript(SCRIPT, ["--help"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("--json").and.include("--svg").and.include("NO_COLOR");
  });

  it("refuses unknown options", async () => {
    const { code, stdout, stderr } = await runScript(SCRIPT, ["--jsno"]);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.match(/^ARGUMENT_INVALID: .*--jsno/);
  });
});

function putsOf(name: Name, unit: Unit): bigint {
  return LINKS.reduce((sum, { between, puts }) => {
    const side = between.indexOf(name);
    return side < 0 ? sum : sum + puts[unit][side]!;
  }, 0n);
}
