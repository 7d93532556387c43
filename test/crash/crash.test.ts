import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { runs } from "../properties/runs";
import { startChain, type LocalChain } from "../support/nodes";
import { accidentOf } from "./accidents";
import { compile, type Program } from "./compile";
import { Lives } from "./life";
import { Pair } from "./pair";

/** Processes that are killed in the usual run. */
const KILLS = 200;
const PAIRS = [
  ["Alice", "Bob"],
  ["Carol", "Dave"],
  ["Erin", "Frank"],
] as const;

describe("nodes that are killed", function () {
  const { numRuns: kills, seed = Date.now() % 2 ** 31 } = runs(KILLS);
  this.timeout(10_000 + kills! * 5_000);
  let chain: LocalChain;
  let program: Program;
  let folder: string;
  let lives: Lives;

  before(async () => {
    [chain, program, folder] = await Promise.all([
      startChain(),
      compile(resolve(__dirname, "program.ts")),
      mkdtemp(join(tmpdir(), "sluice-crash-")),
    ]);
    lives = new Lives(program.entry, join(folder, "home"), 2 * PAIRS.length);
  });
  after(async () => {
    await lives.close();
    await Promise.all([chain.stop(), program.remove(), rm(folder, { recursive: true, force: true })]);
  });

  it(`lose no payment and sign no two states of one version, whenever they die (seed ${seed})`, async () => {
    const pairs = PAIRS.map((names) => new Pair({ chain, lives, folder }, names));
    const balanceOf = async (account: string) =>
      BigInt((await chain.request("eth_getBalance", [account, "latest"])) as string);
    try {
      const purses = await Promise.all(
        pairs.map(async (pair, i) => {
          await pair.begin();
          for (let round = 0; pair.deaths < kills! / pairs.length; round++) {
            await pair.suffer(accidentOf(round, seed + 100_000 * i));
          }
          return pair.end();
        }),
      );
      for (const [side, amount] of purses.flat()) expect(await balanceOf(side.payout)).to.equal(amount);
      expect(await balanceOf(chain.adjudicator)).to.equal(0n);
    } finally {
      for (const pair of pairs) pair.kill();
    }
  });
});
