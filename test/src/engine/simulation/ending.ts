import { expect } from "chai";
import { ENDING } from "../../../../src/engine/change";
import { shareOf } from "../../../../src/engine/change";
import { isFinal, newestState } from "../../../../src/engine/channel";
import { isBusy } from "../../../../src/engine/payments/lane";
import { accountDestination, channelDestination } from "../../../../src/protocol/destination";
import { NATIVE, type Address, type ChannelId } from "../../../../src/protocol/types";
import type { SimulatedNode } from "../world/node";
import { FORTUNE, GAME, TOKEN } from "../world/world";
import { playOn } from "./actions";
import { endLocks, expectLevel, expectLocksEnd, isPaying, standingOf } from "./paying";
import { mayCount, PERIOD, type Stage } from "./stage";

/** How a run ends: with everybody willing, or with a liar who is gone, or one who goes on to lie on the chain. */
export type Finale = "closing" | "leaving" | "mixed";

/** Heals everything and lets it come to rest: then those who are honest agree. */
export function heal(stage: Stage): void {
  stage.wake();
  const { world } = stage;
  for (const [i, a] of world.nodes.entries()) for (const b of world.nodes.slice(i + 1)) world.connect(a, b);
  for (let i = 0; i < 14; i++) {
    world.run(1);
    world.pass(1_500);
    if (i === 8) endLocks(stage);
  }
  world.run(6);
}

/** What must hold when everything has come to rest and nobody lies. */
export function expectAgreement(stage: Stage): void {
  for (const id of stage.ids) {
    const known = stage.members(id).flatMap((member) => member.states.get(id) ?? []);
    const [first, ...rest] = known.filter(({ record }) => !record.closed || record.settled !== undefined);
    for (const other of rest) {
      const [a, b] = [first!.record, other.record].map((record) => record.settled ?? newestState(record));
      if (a === undefined && b === undefined) continue;
      expect({ a: b?.version, o: b?.outcome }, `all hold the newest state of ${id}`).to.deep.equal({
        a: a?.version,
        o: a?.outcome,
      });
    }
  }
  for (const node of stage.nodes) {
    for (const { record, lanes, session } of node.states.values()) {
      const where = `${node.name} in ${record.id}`;
      expect(session.submitted.length, `${where} waits for no transaction`).to.be.lessThan(3);
      const asked = stage
        .members(record.id)
        .some((member) => member.states.get(record.id)?.session.questions.length !== 0);
      if (record.closed || record.leaving || record.agreed === undefined || asked) continue;
      if (isPaying(node, record.id) && (stage.witness.restored.size > 0 || lanes.some(isBusy))) continue;
      expect(record.promised === undefined, `${where} waits for no signature`).to.equal(true);
      expect(session.wishes.length + (session.request === undefined ? 0 : 1), `${where} waits for nothing`).to.equal(0);
      expect(session.promisedWishes.length, `${where} waits for no payment`).to.equal(0);
    }
  }
  expectPayments(stage);
  expectLevel(stage);
  expectLocksEnd(stage);
}

/** Each payment that was confirmed was made once, and each that failed was not made. */
function expectPayments(stage: Stage): void {
  if (stage.witness.restored.size > 0) return;
  for (const id of stage.ids) {
    const members = stage.members(id);
    const asset = stage.assets.get(id)!;
    const record = members[0]!.states.get(id)?.record;
    const state = record === undefined ? undefined : newestState(record);
    if (record === undefined || state === undefined || record.terms.app === GAME) continue;
    if (stage.ids.some((child) => isChildOf(stage, child, id))) continue; // its money goes in and out
    const standing = standingOf(members[0]!, id) ?? state;
    const wanted = stage.payments.filter((one) => one.id === id);
    const accepted = stage.accepted.filter((one) => one.id === id).flatMap(({ change }) => change.transfers);
    for (const { address, name } of members) {
      const account = accountDestination(address);
      let least = shareOf(record.opening, asset, account);
      let most = least;
      for (const { from, to, amount } of accepted) {
        if (from === account) least -= amount;
        if (to === account) most += amount;
      }
      for (const { payer, payee, amount, ticket, life } of wanted) {
        const end = payer.ends.get(ticket);
        expect(
          end !== undefined || payer.life !== life || record.closed,
          `${payer.name} hears how ${ticket} ended`,
        ).to.equal(true);
        const isMade = end !== undefined && "state" in end;
        const mayBeMade = isMade || end === undefined || mayCount(end.error);
        if (payer.address === address && mayBeMade) least -= amount;
        if (payer.address === address && isMade) most -= amount;
        if (payee.address === address && mayBeMade) most += amount;
        if (payee.address === address && isMade) least += amount;
      }
      for (const { maker, payee, amount } of stage.locks.filter((one) => one.id === id)) {
        if (maker.address === address) least -= amount;
        if (payee.address === address) most += amount;
      }
      const share = shareOf(standing, asset, account);
      expect(share >= least && share <= most, `${name} has ${share} of ${least} to ${most} in ${id}`).to.equal(true);
    }
  }
}

function isChildOf(stage: Stage, child: ChannelId, parent: ChannelId): boolean {
  const funding = stage.members(child).flatMap((member) => member.states.get(child)?.record.funding ?? [])[0];
  return (
    funding !== undefined &&
    ("ledger" in funding ? funding.ledger === parent : "predecessor" in funding && funding.predecessor === parent)
  );
}

/** Everybody honest ends every channel, and lets time pass until all is done. */
export function finish(stage: Stage, finale: Finale, pick: number): void {
  const { world } = stage;
  for (const [i, node] of stage.honest.entries()) {
    for (const { record } of [...node.states.values()]) {
      if (record.closed) continue;
      playOn(stage, node, record.id, pick);
      const closes = finale === "closing" || (finale === "mixed" && (pick >> i) % 2 === 0);
      if (closes && record.agreed !== undefined && record.terms.app !== GAME && !isFinal(record))
        node.wish(record.id, ENDING);
      else node.dispatch(record.id, { type: "leave" });
    }
    world.deliverAll();
  }
  for (let round = 0; round < 3 || (round < 60 && !isOver(stage)); round++) {
    world.run(2);
    for (const node of stage.honest) {
      for (const { record } of [...node.states.values()]) {
        if (record.closed) continue;
        playOn(stage, node, record.id, pick + round);
        if (round > 8) node.dispatch(record.id, { type: "leave" }); // a close that is refused is not an end
      }
    }
    world.mine(PERIOD / 6n);
  }
  world.run(4);
}

function isOver(stage: Stage): boolean {
  return stage.honest.every((node) => [...node.states.values()].every(({ record }) => record.closed));
}

/** What must hold in the end. */
export function expectJustice(stage: Stage): void {
  for (const node of stage.honest) {
    for (const { record, session } of node.states.values()) {
      const view = JSON.stringify([session.latest, record.funding], (_, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      expect(record.closed, `${node.name} is done with ${record.id}: ${view}`).to.equal(true);
    }
    expectPaid(stage, node);
    for (const asset of [NATIVE, TOKEN]) {
      if (stage.witness.restored.has(node.name)) continue; // it may have lost whole channels
      const { owned, held } = stage.world.chain.head;
      const account = accountDestination(node.address);
      const has = owned.of(account, asset) + held.of(account, asset);
      const allowed = (stage.allowance.get(node.name + asset) ?? 0n) + stakesOf(node, asset);
      expect(
        has >= FORTUNE - allowed,
        `${node.name} has lost ${FORTUNE - has} of ${asset}, but agreed to ${allowed}`,
      ).to.equal(true);
    }
  }
  if (stage.mallory !== undefined) return;
  for (const id of stage.ids) {
    for (const asset of [NATIVE, TOKEN]) {
      const left = stage.world.chain.head.held.of(channelDestination(id), asset);
      expect(left, `nothing is left in ${id}`).to.equal(0n);
    }
  }
}

/** What somebody can lose by playing. */
function stakesOf(node: SimulatedNode, asset: Address): bigint {
  const games = [...node.states.values()].filter(
    ({ record }) => record.terms.app === GAME && newestState(record)?.appData !== "0x",
  );
  return games.reduce((sum, { record }) => sum + shareOf(record.opening, asset, accountDestination(node.address)), 0n);
}

/** Whoever is honest is paid by the newest state that it can prove, or by a newer one that it could not answer. */
function expectPaid(stage: Stage, node: SimulatedNode): void {
  const { address, name } = node;
  for (const id of stage.ids) {
    const paidBy = stage.world.chain.head.settledBy.get(id);
    const newest = stage.witness.newest.get(address + id);
    if (paidBy === undefined || newest === undefined) continue;
    if (isPaying(node, id)) {
      expect(stage.witness.vouchers.whyUnjust(node, id, paidBy), `${name} in ${id}`).to.equal(undefined);
      continue;
    }
    const same = paidBy.version === newest.version && paidBy.outcome === newest.outcome;
    const signed = paidBy.version === newest.version && stage.witness.hasSigned(address, id, newest.version, paidBy);
    const isNewer = paidBy.version > newest.version;
    expect(same || signed || isNewer, `${name} is paid in ${id} by ${paidBy.version}, not ${newest.version}`).to.equal(
      true,
    );
    const { moves, self } = node.record(id);
    const answer = moves.findIndex(({ by, state }) => by === self && state.version === paidBy.version + 1n);
    const isAnswered = answer > 0 && moves[answer - 1]!.state.outcome === paidBy.outcome;
    expect(isAnswered, `${name} has answered what it is paid by in ${id}`).to.equal(false);
  }
}
