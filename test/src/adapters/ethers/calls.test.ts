import { time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  channelDestination,
  disputeHashOf,
  finalHashOf,
  NATIVE,
  NO_DISPUTE,
  stateHashOf,
  toAddress,
  type Address,
  type Dispute,
  type State,
} from "../../../../src";
import { actionOf } from "../../../../src/adapters/ethers/calls";
import type { Authorization, Call, Proven } from "../../../../src/engine/calls";
import { BEHAVIOUR, deployApp, supported } from "../../../support/disputes";
import { addressOf, freshSluice, split, TestChannel, type Actor, type Sluice } from "../../../support/sluice";
import { authorize } from "../../../support/money";

describe("calls of the adjudicator, as transactions", () => {
  let sluice: Sluice;
  let channel: TestChannel;
  let token: Address;
  let alice: Actor;
  let bob: Actor;
  const BOND = 3n;

  beforeEach(async () => {
    sluice = await freshSluice();
    ({ alice, bob } = sluice);
    token = await addressOf(sluice.token);
    channel = new TestChannel(sluice, [alice, bob], {
      bond: BOND,
      app: await addressOf(await deployApp(BEHAVIOUR.accept)),
    });
  });

  async function send(call: Call): Promise<void> {
    await alice.account.sendTransaction(actionOf(sluice.deployment.adjudicator, call));
  }

  const record = () => sluice.adjudicator.recordOf(channel.id);
  const shares = (version: bigint) => channel.state(version, [split(NATIVE, [alice, 4n], [bob, 6n])]);
  const final = () => channel.finalState([split(NATIVE, [alice, 4n], [bob, 6n])]);
  const destination = () => channelDestination(channel.id);

  async function running(state: State): Promise<Dispute> {
    const finalizesAt = BigInt(await time.latest()) + channel.terms.challengePeriod;
    const payer = toAddress(alice.account.address);
    return { ...channel.stopped(state), finalizesAt, challenger: alice.participant, payer, bond: BOND };
  }

  it("deposit coin", async () => {
    await send({ kind: "depositNative", destination: destination(), expectedHeld: 0n, amount: 10n });
    expect(await channel.held()).to.equal(10n);
  });

  it("deposit tokens that were allowed", async () => {
    await send({ kind: "deposit", destination: destination(), token, expectedHeld: 0n, amount: 10n });
    expect(await channel.held(token)).to.equal(10n);
  });

  it("fund with coin and signed transfers", async () => {
    const signed = await authorize(sluice, bob, destination(), 8n);
    const authorizations = [signed as Authorization];
    await send({ kind: "fund", destination: destination(), expectedHeld: 0n, authorizations, amount: 10n });
    expect(await channel.held(token)).to.equal(8n);
    expect(await channel.held()).to.equal(10n);
  });

  it("conclude", async () => {
    await channel.fundNative(10n);
    const state = final();
    await send({ kind: "conclude", channel: channel.terms, state, signatures: channel.sign(state) });
    expect(await channel.held()).to.equal(0n);
  });

  it("challenge, with the bond", async () => {
    const state = shares(3n);
    const signatures = channel.sign(state);
    const challenger = channel.signChallenge(state, alice);
    await send({ kind: "challenge", channel: channel.terms, dispute: NO_DISPUTE, state, signatures, challenger });
    expect(await record()).to.equal(disputeHashOf(await running(state)));
  });

  it("challenge and answer with what the app supports", async () => {
    const proven = (state: State): Proven => {
      const [candidate, proof, signatures] = supported(channel, [state, bob]);
      return { candidate, proof, signatures };
    };
    const [first, second] = [shares(3n), shares(4n)];
    await send({
      kind: "challengeWithProof",
      channel: channel.terms,
      dispute: NO_DISPUTE,
      proven: proven(first),
      challenger: channel.signChallenge(first, alice),
    });
    const dispute = await running(first);
    expect(await record()).to.equal(disputeHashOf(dispute));
    await send({ kind: "checkpointWithProof", channel: channel.terms, dispute, proven: proven(second) });
    expect(await record()).to.equal(disputeHashOf(channel.stopped(second)));
  });

  it("answer, register the end and settle it, over a dispute", async () => {
    await channel.fundNative(7n);
    const dispute = await channel.challenge(shares(3n), alice);
    const answer = shares(9n);
    await send({
      kind: "checkpoint",
      channel: channel.terms,
      dispute,
      state: answer,
      signatures: channel.sign(answer),
    });
    expect(await record()).to.equal(disputeHashOf(channel.stopped(answer)));
    const state = final();
    await send({
      kind: "checkpointAndSettle",
      channel: channel.terms,
      dispute: channel.stopped(answer),
      channelId: channel.id,
      state,
      signatures: channel.sign(state),
    });
    expect(await record()).to.equal(finalHashOf(stateHashOf(channel.id, state), [0n, 3n]));
  });

  it("settle, collect and withdraw", async () => {
    const state = shares(3n);
    const dispute = await channel.challenge(state, alice);
    await time.increaseTo(dispute.finalizesAt);
    await send({ kind: "settle", channelId: channel.id, state, dispute });
    expect(await record()).to.equal(finalHashOf(stateHashOf(channel.id, state), [4n, 6n]));
    await channel.fundNative(4n);
    await send({ kind: "collect", channelId: channel.id, state, owed: [4n, 6n] });
    expect(await record()).to.equal(finalHashOf(stateHashOf(channel.id, state), [0n, 6n]));
    expect(await sluice.adjudicator.held(alice.destination, NATIVE)).to.equal(BOND);
    await send({ kind: "withdraw", asset: NATIVE, to: toAddress(bob.account.address), amount: BOND });
    expect(await sluice.adjudicator.held(alice.destination, NATIVE)).to.equal(0n);
  });
});
