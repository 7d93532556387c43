import { AbiCoder, id, Signature, Wallet } from "ethers";
import { ethers } from "hardhat";
import {
  accountDestination,
  authorizationNonce,
  channelDestination,
  FINAL_VERSION,
  NATIVE,
  RECEIVE_WITH_AUTHORIZATION_TYPE,
  signerSet,
  toAddress,
  type Address,
  type AssetOutcome,
  type ChannelId,
  type Hex,
} from "../../src";
import { ETHER, type Stage, type StagedChannel } from "./stage";

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
  const salt = 1n;
  const message = {
    from: holder.address,
    to: stage.deployment.adjudicator,
    value: ETHER,
    validAfter: 0n,
    validBefore: 4_294_967_295n,
    nonce: authorizationNonce(channelDestination(channelId), expectedHeld, salt),
  };
  const domain = {
    name: "Test Dollar",
    version: "1",
    chainId: stage.deployment.chainId,
    verifyingContract: stage.tokenAddress,
  };
  await stage.token.mint(holder.address, 5n * ETHER);
  const signature = await holder.signTypedData(domain, RECEIVE_WITH_AUTHORIZATION_TYPE, message);
  const { v, r, s } = Signature.from(signature);
  const { from, value, validAfter, validBefore } = message;
  return { token: stage.tokenAddress, from, amount: value, expectedHeld, validAfter, validBefore, salt, v, r, s };
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

function conclude(stage: Stage, channel: StagedChannel, outcome: readonly AssetOutcome[]): Promise<bigint> {
  const state = stage.state(FINAL_VERSION, outcome);
  const signatures = stage.sign(channel, state);
  return stage.gasOf(() => stage.adjudicator.conclude(channel.terms, state, signatures));
}

/* DISPUTE */

async function challenge(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundNative(channel, 2n * ETHER);
  return (await stage.challenge(channel, stage.state(10n, [stage.share(NATIVE)]))).gas;
}

async function checkpoint(stage: Stage): Promise<bigint> {
  const channel = stage.channel();
  await stage.fundNative(channel, 2n * ETHER);
  const { dispute } = await stage.challenge(channel, stage.state(10n, [stage.share(NATIVE)]));
  const newer = stage.state(11n, [stage.share(NATIVE)]);
  const signatures = stage.sign(channel, newer);
  return stage.gasOf(() => stage.adjudicator.checkpoint(channel.terms, dispute, newer, signatures));
}

async function settle(stage: Stage, asset: Address): Promise<bigint> {
  const channel = stage.channel();
  await (asset === NATIVE ? stage.fundNative(channel, 2n * ETHER) : stage.fundToken(channel, 2n * ETHER));
  const state = stage.state(10n, [stage.share(asset)]);
  const { dispute } = await stage.challenge(channel, state);
  stage.letTimePass();
  return stage.gasOf(() => stage.adjudicator.settle(channel.id, state, dispute));
}

/* APPS */

/** A game in its middle: the player whose turn it is was challenged, and answers with a move signed by nobody else. */
async function answerWithMove(stage: Stage): Promise<bigint> {
  const channel = stage.channel(2, toAddress(await stage.ticTacToe.getAddress()));
  await stage.fundNative(channel, 2n * ETHER);
  const before = position(stage, 12n, [0x001, 0x010], 0);
  const move = position(stage, 13n, [0x001, 0x050], 1);
  const { dispute } = await stage.challenge(channel, before);
  const candidate = { state: move, signers: signerSet(1) };
  const proof = [{ state: before, signers: 0n }]; // registered: nobody has to sign it again
  const signatures = stage.sign(channel, move, channel.keys.slice(1));
  return stage.gasOf(() => stage.adjudicator.checkpointWithProof(channel.terms, dispute, candidate, proof, signatures));
}

const GAME = "tuple(address asset, bytes32[2] destinations, uint256[2] stakes, uint16[2] marks)";

/** A position of TicTacToe in which, if nothing follows, all goes to the player that moved. */
function position(stage: Stage, version: bigint, marks: readonly [number, number], mover: 0 | 1) {
  const destinations = stage.recipients.slice(0, 2).map(({ address }) => accountDestination(toAddress(address)));
  const game = { asset: NATIVE, destinations, stakes: [ETHER, ETHER], marks };
  const allocations = destinations.map((destination, i) => ({ destination, amount: i === mover ? 2n * ETHER : 0n }));
  const appData = AbiCoder.defaultAbiCoder().encode([GAME], [game]) as Hex;
  return stage.state(version, [{ asset: NATIVE, allocations }], appData);
}

/* DEPLOYMENT */

async function deployCore(): Promise<bigint> {
  const contract = await ethers.deployContract("Adjudicator");
  const receipt = await contract.deploymentTransaction()?.wait();
  if (receipt?.status !== 1) throw new Error("The deployment failed.");
  return receipt.gasUsed;
}
