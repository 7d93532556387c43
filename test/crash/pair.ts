import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { expect } from "chai";
import type { ChannelId } from "../../src/protocol/types";
import { isOnChain, type Accident } from "./accidents";
import type { Fuse } from "./boundaries";
import type { Sight } from "./program";
import { Side, type World } from "./side";
import { keyOf } from "../support/nodes";

/** What each side pays at a time, so that what a channel holds tells how often each has paid. */
const AMOUNTS = [1n, 1_000_000n] as const;
/** What each side puts in. */
const STAKES = [1_000_000n, 10n ** 12n] as const;
/** Milliseconds after which two nodes will never agree. */
const PATIENCE = 60_000;
/** Channels that stay from the beginning to the end. */
const CHANNELS = 3;

/** Two nodes that pay each other all the time, and die and come back. */
export class Pair {
  private readonly sides: readonly [Side, Side];
  /** The channel that was opened last, and may be closed before the end. */
  private guest: ChannelId | undefined;
  private opened = 0;
  /** Payments of each side that each channel held when it was last looked at. */
  private readonly counted = new Map<ChannelId, readonly [bigint, bigint]>();

  constructor(world: World, names: readonly [string, string]) {
    const [first, second] = [...names].sort((a, b) => (BigInt(keyOf(a).address) < BigInt(keyOf(b).address) ? -1 : 1));
    this.sides = [new Side(world, first!, 0), new Side(world, second!, 1)];
  }

  get deaths(): number {
    return this.sides[0].deaths + this.sides[1].deaths;
  }

  async begin(): Promise<void> {
    for (const side of this.sides) {
      await side.create();
      await side.start(AMOUNTS[side.index]);
    }
    await this.meet();
    for (let i = 0; i < CHANNELS; i++) await this.open((i % 2) as 0 | 1);
    await this.recover();
  }

  /** Lets an accident happen, brings everybody back and looks at what is left. */
  async suffer({ victims, fuse, delay, rebirth }: Accident): Promise<void> {
    for (const side of this.sides) await side.tell({ type: "busy" });
    const dying = victims.map((i) => this.sides[i]);
    if (fuse !== undefined && isOnChain(fuse)) dying.splice(0, dying.length, await this.useChain(victims[0]!, fuse));
    else if (fuse !== undefined) await dying[0]!.tell({ type: "arm", fuse });
    else void sleep(delay).then(() => dying[0]!.life.kill());
    await dying[0]!.dead();
    for (const side of dying.slice(1)) {
      side.life.kill();
      await side.dead();
    }
    await this.revive(dying, rebirth);
    await this.recover();
  }

  /** Closes everything. Returns what each side's purse is to be paid on the chain. */
  async end(): Promise<readonly (readonly [Side, bigint])[]> {
    const open = (await this.sides[0].look()).filter(({ phase }) => phase === "open");
    await Promise.all(open.map(({ id }, i) => this.sides[i % 2]!.tell({ type: "close", channelId: id })));
    await this.recover();
    const purses: (readonly [Side, bigint])[] = [];
    for (const side of this.sides) {
      const own = (await side.look()).filter(({ toPurse }) => toPurse);
      purses.push([side, own.reduce((sum, { mine }) => sum + mine, 0n)]);
      await side.tell({ type: "stop" });
    }
    return purses;
  }

  kill(): void {
    for (const { life } of this.sides) life.kill();
  }

  /** Opens a channel, or closes the one that was opened last, while a fuse burns. Returns whom that kills. */
  private async useChain(victim: 0 | 1, fuse: Fuse): Promise<Side> {
    const side = this.sides[this.guest === undefined ? victim : 0]; // who signs last takes the end to the chain
    await side.tell({ type: "arm", fuse });
    const use = this.guest === undefined ? this.open(side.index) : side.tell({ type: "close", channelId: this.guest });
    this.guest = undefined;
    use.catch(() => undefined); // it dies over it
    return side;
  }

  private open(by: 0 | 1): Promise<unknown> {
    const other = this.sides[1 - by]!;
    return this.sides[by].tell({
      type: "open",
      peer: other.key.address,
      mine: STAKES[by],
      theirs: STAKES[other.index],
      payments: this.opened++ % 2 === 0,
    });
  }

  private async revive(dead: readonly Side[], fuse: Fuse | undefined): Promise<void> {
    const [first, ...rest] = dead;
    for (const side of rest) await side.start(AMOUNTS[side.index]);
    if (fuse !== undefined) {
      await first!.start(AMOUNTS[first!.index], fuse).catch(() => undefined);
      await this.meet().catch(() => undefined);
      first!.tell({ type: "use" }).catch(() => undefined); // channels at rest say nothing before they are used
      await first!.dead();
    }
    await first!.start(AMOUNTS[first!.index]);
    await this.meet();
  }

  private async meet(): Promise<void> {
    await this.sides[0].meet(this.sides[1]);
    await this.sides[1].meet(this.sides[0]);
  }

  /** Waits until both see the same, everything can be used, and nothing is under way; then checks it. */
  private async recover(): Promise<void> {
    const [first, second] = this.sides;
    await this.agree();
    await Promise.all(this.sides.map((side) => side.tell({ type: "use" })));
    await Promise.all(this.sides.map((side) => side.tell({ type: "rest" })));
    const sights = await this.agree();
    await Promise.all([first.journal.readOn(), second.journal.readOn()]);
    for (const [mine, theirs] of sights) this.check(mine, theirs);
    const open = sights.filter(([{ phase }]) => phase === "open");
    this.guest = open.length > CHANNELS ? open.at(-1)![0].id : undefined;
  }

  /** Resolves with what both see, as soon as that is the same. */
  private async agree(): Promise<(readonly [Sight, Sight])[]> {
    const patience = Date.now() + PATIENCE;
    for (;;) {
      const [mine, theirs] = await Promise.all(this.sides.map((side) => side.look()));
      const pairs = mine!.map((sight) => [sight, theirs!.find(({ id }) => id === sight.id)] as const);
      if (mine!.length === theirs!.length && pairs.every(([sight, other]) => isSettled(sight, other)))
        return pairs as (readonly [Sight, Sight])[];
      if (Date.now() > patience) throw new Error(`They do not agree: ${inspect({ mine, theirs }, { depth: 3 })}`);
      await sleep(25);
    }
  }

  private check({ id, version, mine }: Sight, { mine: theirs }: Sight): void {
    if (version < 0n) return; // it was never opened
    expect(mine + theirs, "no money appears or gets lost").to.equal(STAKES[0] + STAKES[1]);
    const gained = mine - STAKES[0];
    const paid = ((-gained % AMOUNTS[1]) + AMOUNTS[1]) % AMOUNTS[1];
    const counts = [paid, (gained + paid) / AMOUNTS[1]] as const;
    for (const { index, journal, name } of this.sides) {
      const what = `payments of ${name} in ${id}`;
      expect(counts[index] >= journal.done(id), `${what}: one was reported and is lost`).to.equal(true);
      expect(counts[index] <= journal.tried(id), `${what}: one was made that nobody wanted`).to.equal(true);
      const { journal: payee } = this.sides[1 - index]!;
      expect(counts[index] >= payee.heard(id), `${what}: one was told twice`).to.equal(true);
      expect(counts[index] >= (this.counted.get(id)?.[index] ?? 0n), `${what}: an old state is back`).to.equal(true);
    }
    this.counted.set(id, counts);
  }
}

/** Whether both sides see the same, and nothing about it is to be expected. */
function isSettled(mine: Sight, theirs: Sight | undefined): boolean {
  if (mine.phase !== theirs?.phase || mine.version !== theirs.version || mine.outcome !== theirs.outcome) return false;
  return mine.phase === "closed" || (mine.phase === "open" && mine.online && theirs.online);
}
