import { expect } from "chai";
import fc from "fast-check";
import { keccak256, toQuantity } from "ethers";
import { artifacts, ethers, network } from "hardhat";
import { createSigner, verifySignature } from "../../src/adapters/crypto/native";
import { actionOf } from "../../src/adapters/ethers/calls";
import { accountDestination, channelDestination, NATIVE, type Address, type Hex } from "../../src";
import type { Keys } from "../src/engine/world/keyring";
import { storyOf } from "../src/engine/simulation/actions";
import { finish, heal } from "../src/engine/simulation/ending";
import type { Stage } from "../src/engine/simulation/stage";
import { finale, PEOPLE, planOf, play } from "../src/engine/simulation/story";
import { ADJUDICATOR, FORTUNE, GAME, LOCK_SET, PAYMENTS, PREIMAGES, SCALARS, TOKEN } from "../src/engine/world/world";
import { runs } from "./runs";

/** Keys of people, in the order of their addresses. */
const signers = PEOPLE.map((name) => createSigner(keccak256(Buffer.from(name)) as Hex)).sort((a, b) =>
  BigInt(a.address) < BigInt(b.address) ? -1 : 1,
);
const keys: Keys = { signerOf: (_, i) => signers[i]!, verify: verifySignature };

/** The real contracts where the simulation has its model of them, and people with as much money. */
async function build(): Promise<void> {
  const places: [Address, string][] = [
    [ADJUDICATOR, "Adjudicator"],
    [GAME, "TicTacToe"],
    [TOKEN, "TestToken"],
    [PREIMAGES, "PreimageRegistry"],
    [SCALARS, "ScalarRegistry"],
  ];
  for (const [place, name] of places) {
    const { deployedBytecode } = await artifacts.readArtifact(name);
    await network.provider.send("hardhat_setCode", [place, deployedBytecode]);
  }
  const withArguments: [Address, string, Address][] = [
    [PAYMENTS, "PaymentApp", LOCK_SET], // their code holds these addresses
    [LOCK_SET, "LockSet", ADJUDICATOR],
  ];
  for (const [place, name, argument] of withArguments) {
    const contract = await ethers.deployContract(name, [argument]);
    await network.provider.send("hardhat_setCode", [place, await contract.getDeployedCode()]);
  }
  const token = await ethers.getContractAt("TestToken", TOKEN);
  for (const { address } of signers) {
    await network.provider.send("hardhat_impersonateAccount", [address]);
    await network.provider.send("hardhat_setBalance", [address, toQuantity(10n ** 18n)]);
    await token.mint(address, FORTUNE);
    await token.connect(await ethers.getSigner(address)).approve(ADJUDICATOR, FORTUNE);
    await network.provider.send("hardhat_setBalance", [address, toQuantity(FORTUNE)]);
  }
}

/** Sends what was mined in the simulation to the real contracts: block by block, at the same times. */
async function replay({ world }: Stage): Promise<void> {
  await network.provider.send("evm_setAutomine", [false]);
  for (const { transactions, timestamp } of world.chain.blocks) {
    if (transactions.length === 0) continue;
    const hashes: string[] = [];
    for (const { sender, call } of transactions) {
      const { to, data, value } = actionOf(ADJUDICATOR, call);
      const gas = { gas: toQuantity(2_000_000), gasPrice: "0x0" };
      const request = { from: sender, to, data, value: toQuantity(value), ...gas };
      hashes.push((await network.provider.send("eth_sendTransaction", [request])) as string);
    }
    await network.provider.send("hardhat_setNextBlockBaseFeePerGas", ["0x0"]);
    await network.provider.send("evm_setNextBlockTimestamp", [toQuantity(timestamp)]);
    await network.provider.send("evm_mine", []);
    for (const [i, hash] of hashes.entries()) {
      const receipt = await ethers.provider.getTransactionReceipt(hash);
      const { call, error } = transactions[i]!;
      expect(receipt!.status === 1, `${call.kind}, which is said to end with ${error ?? "success"}`).to.equal(
        error === undefined,
      );
    }
  }
  await network.provider.send("evm_setAutomine", [true]);
}

async function expectSameMoney({ world, ids }: Stage): Promise<void> {
  const { head } = world.chain;
  const adjudicator = await ethers.getContractAt("Adjudicator", ADJUDICATOR);
  const token = await ethers.getContractAt("TestToken", TOKEN);
  for (const { address } of signers) {
    const account = accountDestination(address);
    expect(await ethers.provider.getBalance(address)).to.equal(head.owned.of(account, NATIVE));
    expect(await token.balanceOf(address)).to.equal(head.owned.of(account, TOKEN));
    expect(await adjudicator.held(account, NATIVE)).to.equal(head.held.of(account, NATIVE));
  }
  for (const id of ids) {
    for (const asset of [NATIVE, TOKEN])
      expect(await adjudicator.held(id, asset)).to.equal(head.held.of(channelDestination(id), asset));
  }
}

describe("what the engine does on the chain, in the simulation and in the contracts", () => {
  it("has the same effects, call by call and coin by coin", async () => {
    const kinds = [
      "payments",
      "bonded",
      "tokens",
      "game",
      "game",
      "three",
      "paying",
      "paying",
      "paying tokens",
    ] as const;
    const liar = fc.constantFrom(undefined, ...PEOPLE);
    await fc.assert(
      fc.asyncProperty(planOf(liar, kinds), storyOf(1), finale, fc.nat(999), async (plan, actions, how, n) => {
        const start = (await network.provider.send("evm_snapshot", [])) as string;
        try {
          await build();
          const stage = play(plan, actions, keys);
          heal(stage);
          finish(stage, how, n);
          await replay(stage);
          await expectSameMoney(stage);
        } finally {
          await network.provider.send("evm_setAutomine", [true]);
          await network.provider.send("evm_revert", [start]);
        }
      }),
      runs(40),
    );
  }).timeout(0);
});
