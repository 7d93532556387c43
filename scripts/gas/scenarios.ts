import { takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { id, keccak256, Wallet } from "ethers";
import { ethers } from "hardhat";
import {
  channelDestination,
  evenScalar,
  FINAL_VERSION,
  joinVouchers,
  lockDestination,
  LockTree,
  NATIVE,
  NO_DISPUTE,
  NO_SIGNATURE,
  NO_VOUCHER,
  signerSet,
  signVoucher,
  ticTacToe,
  toAddress,
  versionOfEpoch,
  type Address,
  type AssetOutcome,
  type ChannelId,
  type Destination,
  type Hex,
  type State,
} from "../../src";
import { signAuthorization } from "../lib/authorizations";
import { ETHER, signaturesOf, split, stateOf, type Agreement, type Member } from "../lib/channels";
import { Stage } from "./stage";

/** Measures one row of the report on a fresh stage. */
export type Scenario = (stage: Stage) => Promise<bigint>;

/** Every row, by the name it has in `data/peers/gas.json`, in that order. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "eth-deposit-first": (stage) => depositNative(stage, 0n),
  "eth-deposit-second": (stage) => depositNative(stage, ETHER),
  "erc20-deposit-first": (stage) => depositToken(stage, 0n),
  "erc20-deposit-second": (stage) => depositToken(stage, ETHER),
  "erc20-deposit-first-allowance-used-up": (stage) => depositWholeAllowance(stage, 0n),
  "erc20-deposit-second-allowance-used-up": (stage) => depositWholeAllowance(stage, ETHER),
  "erc20-open-both-one-tx": openWithAuthorizations,
  "eth-close-cooperative": (stage) => closeNative(stage, 2),
  "erc20-close-cooperative": closeToken,
  "eth-close-cooperative-3-parties": (stage) => closeNative(stage, 3),
  "eth-close-cooperative-5-parties": (stage) => closeNative(stage, 5),
  "eth-close-cooperative-10-parties": (stage) => closeNative(stage, 10),
  "eth-erc20-close-cooperative": closeBoth,
  "eth-challenge": challenge,
  "eth-checkpoint": checkpoint,
  "eth-settle": (stage) => settle(stage, NATIVE),
  "erc20-settle": (stage) => settle(stage, stage.tokenAddress),
  "app-progress": answerWithMove,
  "preimage-reveal": (stage) => revealPreimage(stage, 0),
  "scalar-reveal": revealScalar,
  "lock-claim-single": (stage) => claimLocks(stage, 1),
  "lock-claim-each-of-100": claimEachOfMany,
  "eth-dispute-with-one-lock": disputeWithLock,
  "eth-dispute-with-one-lock-in-voucher": disputeWithLockInVoucher,
  "deploy-core": deployCore,
};

/* DEPOSITS */

async function depositNative(stage: Stage, heldBefore: bigint): Promise<bigint> {
  const channel = stage.channel();
  if (heldBefore > 0n) await stage.fundNative(channel, heldBefore);
  return stage.gasOf(() => stage.adjudicator.depositNative(channel.id, heldBefore, { value: ETHER }));
}

async function depositToken(stage: Stage, heldBefore: bigint): Promise<bigint> {
  const channel = stage.channel();
  if (heldBefore > 0n) await stage.fundToken(channel, heldBefore);
  return stage.gasOf(() => stage.adjudicator.deposit(channel.id, stage.tokenAddress, heldBefore, ETHER));
}

async function depositWholeAllowance(stage: Stage, heldBefore: bigint): Promise<bigint> {
  const channel = stage.channel();
  if (heldBefore > 0n) await stage.fundToken(channel, heldBefore);
  await stage.token.approve(stage.adjudicator, ETHER);
  return stage.gasOf(() => stage.adjudicator.deposit(channel.id, stage.tokenAddress, heldBefore, ETHER));
}

/** Two holders sign for the token; somebody else sends. */
async function openWithAuthorizations(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  const first = await authorize(stage, channel.id, "first holder", 0n);
  const second = await authorize(stage, channel.id, "second holder", ETHER);
  return stage.gasOf(() => stage.adjudicator.fund(channel.id, 0n, [first, second], []));
}

async function authorize(stage: Stage, channelId: ChannelId, name: string, expectedHeld: bigint) {
  const holder = new Wallet(id(name));
  await stage.token.mint(holder.address, 5n * ETHER);
  return signAuthorization(holder, stage.deployment, {
    token: stage.tokenAddress,
    from: toAddress(holder.address),
    destination: channelDestination(channelId),
    amount: ETHER,
    expectedHeld,
    salt: 1n,
    validAfter: 0n,
    validBefore: 4_294_967_295n,
  });
}

/* AGREEMENT */

async function closeNative(stage: Stage, participants: number): Promise<bigint> {
  const channel = stage.channel(participants);
  await stage.fundNative(channel, BigInt(participants) * ETHER);
  return conclude(stage, channel, [stage.share(NATIVE, participants)]);
}

async function closeToken(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundToken(channel, 2n * ETHER);
  return conclude(stage, channel, [stage.share(stage.tokenAddress)]);
}

async function closeBoth(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundNative(channel, 2n * ETHER);
  await stage.fundToken(channel, 2n * ETHER);
  return conclude(stage, channel, [stage.share(NATIVE), stage.share(stage.tokenAddress)]);
}

function conclude(stage: Stage, channel: Agreement, outcome: readonly AssetOutcome[]): Promise<bigint> {
  const state = stateOf(FINAL_VERSION, outcome);
  const signatures = signaturesOf(channel, state);
  return stage.gasOf(() => stage.adjudicator.conclude(channel.terms, state, signatures));
}

/* DISPUTE */

async function challenge(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundNative(channel, 2n * ETHER);
  return (await stage.challenge(channel, stateOf(10n, [stage.share(NATIVE)]))).gas;
}

async function checkpoint(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundNative(channel, 2n * ETHER);
  const { dispute } = await stage.challenge(channel, stateOf(10n, [stage.share(NATIVE)]));
  const newer = stateOf(11n, [stage.share(NATIVE)]);
  const signatures = signaturesOf(channel, newer);
  return stage.gasOf(() => stage.adjudicator.checkpoint(channel.terms, dispute, newer, signatures));
}

async function settle(stage: Stage, asset: Address): Promise<bigint> {
  const channel = stage.channel();
  await (asset === NATIVE ? stage.fundNative(channel, 2n * ETHER) : stage.fundToken(channel, 2n * ETHER));
  const state = stateOf(10n, [stage.share(asset)]);
  const { dispute } = await stage.challenge(channel, state);
  stage.letTimePass();
  return stage.gasOf(() => stage.adjudicator.settle(channel.id, state, dispute));
}

/* APPS */

/** A game in its middle: the player whose turn it is was challenged, and answers with a move signed by nobody else. */
async function answerWithMove(stage: Stage): Promise<bigint> {
  const channel = stage.channel(2, toAddress(await stage.ticTacToe.getAddress()));
  await stage.fundNative(channel, 2n * ETHER);
  const [first, second] = stage.destinations() as [Destination, Destination];
  const opening = ticTacToe.openingState({ asset: NATIVE, destinations: [first, second], stakes: [ETHER, ETHER] }, 10n);
  const before = [4, 0].reduce((state, field) => ticTacToe.play(state, field), opening);
  const move = ticTacToe.play(before, 6);
  const { dispute } = await stage.challenge(channel, before);
  const candidate = { state: move, signers: signerSet(1) };
  const proof = [{ state: before, signers: 0n }]; // registered: nobody has to sign it again
  const signatures = signaturesOf(channel, move, channel.actors.slice(1));
  return stage.gasOf(() => stage.adjudicator.checkpointWithProof(channel.terms, dispute, candidate, proof, signatures));
}

/* LOCKS */

const PREIMAGES = Array.from({ length: 100 }, (_, i) => id(`preimage ${i}`) as Hex);

function revealPreimage(stage: Stage, index: number): Promise<bigint> {
  return stage.gasOf(() => stage.payments.preimages.reveal(PREIMAGES[index]!));
}

function revealScalar(stage: Stage): Promise<bigint> {
  const { key, scalar } = evenScalar(id("scalar") as Hex);
  return stage.gasOf(() => stage.payments.scalars.reveal(key, scalar));
}

/** Half an ether under each of so many hashes. */
async function lockUnderHashes({ payments }: Stage, count: number): Promise<LockTree> {
  const registry = toAddress(await payments.preimages.getAddress());
  const tree = new LockTree();
  for (const preimage of PREIMAGES.slice(0, count)) {
    tree.add({ registry, key: keccak256(preimage) as Hex, amount: ETHER / 2n, expiry: 4_294_967_295n });
  }
  return tree;
}

/** A set that a settled channel paid, whose preimages are all known: claimed by somebody, in one call. */
async function claimLocks(stage: Stage, count: number): Promise<bigint> {
  const tree = await lockUnderHashes(stage, count);
  const { payments, adjudicator } = stage;
  const channel = stage.channel();
  const [payer, payee] = stage.destinations() as [Destination, Destination];
  const terms = { payer, payee, salt: channel.id, root: tree.root };
  const locks = lockDestination(toAddress(await payments.lockSet.getAddress()), terms);
  await stage.fundNative(channel, tree.sum);
  const state = stateOf(10n, [split(NATIVE, [locks, tree.sum])]);
  const { dispute } = await stage.challenge(channel, state);
  stage.letTimePass();
  await stage.gasOf(() => adjudicator.settle(channel.id, state, dispute));
  await stage.gasOf(() => payments.preimages.revealSeveral(PREIMAGES));
  const claim = tree.prove([...tree.locks()].map(({ position }) => position));
  return stage.gasOf(() => payments.lockSet.claim(terms, NATIVE, claim.locks, claim.proof));
}

/** What each lock more costs in a claim of many, rounded up. */
async function claimEachOfMany(stage: Stage): Promise<bigint> {
  const start = await takeSnapshot();
  const one = await claimLocks(stage, 1);
  await start.restore();
  const all = await claimLocks(await Stage.prepare(), PREIMAGES.length);
  const more = BigInt(PREIMAGES.length - 1);
  return (all - one + more - 1n) / more;
}

/** A payment channel with one lock in flight, which a voucher added to a state that both signed. */
async function lockedPayment(stage: Stage) {
  const { payments, deployment } = stage;
  const lockSet = toAddress(await payments.lockSet.getAddress());
  const channel = stage.channel(2, toAddress(await payments.app.getAddress()));
  await stage.fundNative(channel, 2n * ETHER);
  const tree = await lockUnderHashes(stage, 1);
  const base = stateOf(versionOfEpoch(1n), [stage.share(NATIVE)]);
  const [payer, payee] = channel.actors as [Member, Member];
  const tally = { nonce: 1n, transferred: 0n, locked: tree.sum, locksRoot: tree.root };
  const voucher = signVoucher(payer.key, deployment, {
    ...tally,
    channelId: channel.id,
    asset: NATIVE,
    ack: NO_VOUCHER,
  });
  const join = joinVouchers(channel.id, lockSet, base, [[voucher, undefined]]);
  return { channel, tree, base, payee, ...join };
}

/** Everything it takes the payee of a locked payment to be paid by the chain alone; both signed the state that holds it. */
async function disputeWithLock(stage: Stage): Promise<bigint> {
  const { channel, tree, state } = await lockedPayment(stage);
  const { gas } = await stage.challenge(channel, state);
  return gas + (await settleAndClaim(stage, channel, state, tree));
}

/** The same, while the payer's voucher is all the payee has. */
async function disputeWithLockInVoucher(stage: Stage): Promise<bigint> {
  const { channel, tree, base, payee, state, endorsements } = await lockedPayment(stage);
  const proof = [
    { state: base, signers: signerSet(0, 1) },
    { state: { version: 0n, outcome: "0x", appData: endorsements }, signers: 0n },
  ];
  const candidate = { state, signers: signerSet(1) };
  const signatures = [...signaturesOf(channel, state, [payee]), ...signaturesOf(channel, base)];
  const { adjudicator } = stage;
  const gas = await stage.gasOf(() =>
    adjudicator.challengeWithProof(channel.terms, NO_DISPUTE, candidate, proof, signatures, NO_SIGNATURE),
  );
  return gas + (await settleAndClaim(stage, channel, state, tree));
}

/** What is left to do when nobody has answered: settle, reveal, claim. */
async function settleAndClaim(stage: Stage, channel: Agreement, state: State, tree: LockTree): Promise<bigint> {
  const { adjudicator, payments } = stage;
  const dispute = stage.running(channel, state);
  stage.letTimePass();
  const settlement = await stage.gasOf(() => adjudicator.settle(channel.id, state, dispute));
  const reveal = await revealPreimage(stage, 0);
  const [payer, payee] = stage.destinations() as [Destination, Destination];
  const { locks, proof } = tree.prove([0]);
  const terms = { payer, payee, salt: channel.id, root: tree.root };
  return settlement + reveal + (await stage.gasOf(() => payments.lockSet.claim(terms, NATIVE, locks, proof)));
}

/* DEPLOYMENT */

async function deployCore(): Promise<bigint> {
  const contract = await ethers.deployContract("Adjudicator");
  const receipt = await contract.deploymentTransaction()?.wait();
  if (receipt?.status !== 1) throw new Error("The deployment failed.");
  return receipt.gasUsed;
}
