import { expect } from "chai";
import { isFinal } from "../../../../src/engine/channel";
import { ENDING } from "../../../../src/engine/change";
import { opensLock } from "../../../../src/engine/payments/secrets";
import { feeOf } from "../../../../src/payments/routing/fees";
import { accountDestination } from "../../../../src/protocol/destination";
import { registryOf } from "../../../../src/router/keys";
import type { Payment } from "../../../../src/router/state";
import { NATIVE } from "../../../../src";
import type { SimulatedNode } from "../../engine/world/node";
import { PERIOD } from "../../engine/world/terms";
import { FORTUNE, PAYMENTS } from "../../engine/world/world";
import type { Stage } from "./stage";

/** Heals everything and lets it come to rest: what can end beside the chain ends soon, the rest when its locks expire. */
export function heal(stage: Stage): void {
  const { world, nodes, silent } = stage;
  silent.clear();
  for (const node of nodes) stage.wake(node);
  for (const [i, a] of nodes.entries()) for (const b of nodes.slice(i + 1)) world.connect(a, b);
  const isOver = (round: number): boolean => round > 6 && stage.isQuiet;
  for (let round = 0; round < 80 && !isOver(round); round++) {
    world.deliverAll();
    world.pass(1_500);
    world.deliverAll();
    stage.mine(round < 20 ? 12n : 200n);
  }
  world.deliverAll();
  expectEnded(stage);
  if (!stage.isQuiet) world.mine(10_000_000n); // Mallory has locked her own money for as long as she liked
  world.run(6);
}

/** Checks that all payments have come to an end. */
function expectEnded(stage: Stage): void {
  for (const node of stage.nodes) {
    const { payments, passages, held } = stage.clerk(node).router.memory;
    for (const { status, failure } of payments.values()) expect(status, failure).to.not.equal("pending");
    expect([...passages.values(), ...held.values()], `what ${node.name} waits for`).to.deep.equal([]);
  }
}

/** Checks that nobody's money is locked. */
export function expectQuiet(stage: Stage): void {
  expect(stage.isQuiet, "nothing is under way").to.equal(true);
}

/** Checks that each payee has all or nothing, each payer has paid at most what it wanted, and has proof if it has. */
export function expectPayments(stage: Stage): void {
  const contracts = stage.world.paymentsOf(PAYMENTS)!;
  for (const { payer, payee, kind, key, amount, maxFee } of stage.demands) {
    const receivable = stage.town.clerk(payee).router.memory.receivables.get(key);
    const tries = paymentsFor(stage, payer, key);
    const paid = tries.filter(({ status }) => status === "paid");
    expect(paid.length, "an invoice is paid once").to.be.lessThan(2);
    for (const { proof, parts } of paid) {
      expect(opensLock(contracts, { registry: registryOf(contracts, kind), key }, proof!)).to.equal(true);
      const spent = parts.reduce((sum, one) => (one.status === "settled" ? sum + one.hops[0]!.amount : sum), 0n);
      expect(spent <= amount + maxFee, `${payer} pays ${spent} of at most ${amount + maxFee}`).to.equal(true);
    }
    if (stage.plan.lies) continue;
    expect(receivable?.status === "paid", `${payee} is paid if ${payer} has proof`).to.equal(paid.length === 1);
    if (paid.length > 0) expect(receivable!.received).to.equal(amount);
  }
}

/** Everybody ends every channel, and lets time pass until all is done. */
export function finish(stage: Stage): void {
  const { world, nodes } = stage;
  for (const node of nodes)
    for (const { record } of [...node.states.values()])
      if (!record.closed && !record.leaving && !isFinal(record)) node.wish(record.id, ENDING);
  world.deliverAll();
  for (let round = 0; round < 30 && !nodes.every(isDone); round++) {
    world.run(2);
    if (round === 4)
      for (const node of nodes) for (const id of [...node.states.keys()]) node.dispatch(id, { type: "leave" });
    if (round > 4) world.mine(PERIOD / 4n);
  }
  for (const node of nodes) expect(isDone(node), `${node.name} is done with all channels`).to.equal(true);
}

/** Checks that everybody honest has what it was paid and has earned, less what it has paid; if nobody lies, exactly. */
export function expectJustice(stage: Stage): void {
  const { head } = stage.world.chain;
  expect(head.total(NATIVE), "no money is made or lost").to.equal(FORTUNE * BigInt(stage.nodes.length));
  for (const node of stage.honest) {
    const account = accountDestination(node.address);
    const gain = head.owned.of(account, NATIVE) + head.held.of(account, NATIVE) - FORTUNE;
    const due = dueTo(stage, node);
    const says = `${node.name} has won ${gain}, and should have won ${due}`;
    expect(stage.plan.lies ? gain >= due : gain === due, says).to.equal(true);
  }
}

/** What somebody has been paid and has earned, less what it has paid. */
function dueTo(stage: Stage, node: SimulatedNode): bigint {
  const { router, notices, settings } = stage.clerk(node);
  let due = 0n;
  for (const { received } of router.memory.receivables.values()) due += received;
  for (const notice of notices) {
    if (notice.type !== "passed") continue;
    const { amount, fee } = notice;
    expect(fee >= feeOf(settings.policy, amount - fee), `${node.name} charges what it says`).to.equal(true);
    due += fee;
  }
  for (const { parts } of router.memory.payments.values())
    for (const { status, hops } of parts) if (status === "settled") due -= hops[0]!.amount;
  return due;
}

function paymentsFor(stage: Stage, payer: string, key: string): Payment[] {
  return [...stage.town.clerk(payer).router.memory.payments.values()].filter((payment) => payment.key === key);
}

function isDone({ states }: SimulatedNode): boolean {
  return [...states.values()].every(({ record }) => record.closed);
}
