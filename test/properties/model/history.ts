import { expect } from "chai";
import type { LogDescription } from "ethers";
import { ethers } from "hardhat";
import { decodeOutcome, FINAL_VERSION, NATIVE, type Hex } from "../../../src";
import type { Adjudicator } from "../../../typechain-types";

/** What the logs tell about a destination, without any knowledge of the model. */
interface Story {
  version?: bigint;
  outcome?: Hex;
  /** What the final outcome leaves to pay; undefined while nothing is final. */
  owed?: readonly bigint[];
  readonly held: Map<string, bigint>;
}

/**
 * Reads everything that ever happened from the logs alone: registered versions never fall (INV-3), nothing is registered
 * over a final outcome and nobody is owed more of it than before (INV-4), and nothing pays out more than it was credited
 * (INV-5).
 */
export async function expectSoundHistory(adjudicator: Adjudicator): Promise<void> {
  const stories = new Map<string, Story>();
  for (const log of await ethers.provider.getLogs({ address: await adjudicator.getAddress(), fromBlock: 0 })) {
    const event = adjudicator.interface.parseLog(log)!;
    const key = event.args[0] as string;
    const story = stories.get(key) ?? { held: new Map<string, bigint>() };
    stories.set(key, story);
    tell(story, event);
  }
}

function tell(story: Story, { name, args }: LogDescription): void {
  const values = args.toObject() as Record<string, unknown>;
  const amount = values["amount"] as bigint;
  const asset = (values["asset"] ?? values["token"] ?? NATIVE) as string;
  const outcome = values["outcome"] as Hex;
  if (name === "NativeDeposited" || name === "TokenDeposited" || name === "Credited") move(story, asset, amount);
  if (name === "Debited") move(story, asset, -amount);
  if (name === "Challenged") register(story, values["version"] as bigint, outcome);
  if (name === "Checkpointed") {
    expect(values["version"] !== story.version, "an answer is newer").to.equal(true);
    register(story, values["version"] as bigint, outcome);
  }
  if (name === "Concluded") {
    expect(story.version, "nothing was in dispute").to.equal(undefined);
    register(story, FINAL_VERSION, outcome);
  }
  if (name === "Settled") finish(story, []);
  if (name === "Owing") finish(story, [...(values["owed"] as Iterable<bigint>)]);
}

function move(story: Story, asset: string, amount: bigint): void {
  const left = (story.held.get(asset) ?? 0n) + amount;
  expect(left >= 0n, "INV-5: more is paid than was credited").to.equal(true);
  story.held.set(asset, left);
}

function register(story: Story, version: bigint, outcome: Hex): void {
  expect(story.owed, "INV-4: something is registered over a final outcome").to.equal(undefined);
  expect(version >= (story.version ?? 0n), "INV-3: a version fell").to.equal(true);
  story.version = version;
  story.outcome = outcome;
}

function finish(story: Story, owed: readonly bigint[]): void {
  const all = decodeOutcome(story.outcome!).flatMap(({ allocations }) => allocations.map(({ amount }) => amount));
  const before = story.owed ?? all;
  if (story.owed !== undefined) expect(story.owed.length, "INV-4: it was settled before").to.be.greaterThan(0);
  if (owed.length > 0) expect(owed.length).to.equal(all.length);
  owed.forEach((due, i) => expect(due <= before[i]!, "INV-4: somebody is owed more than before").to.equal(true));
  story.owed = owed;
}
