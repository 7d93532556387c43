import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import fc from "fast-check";
import { ethers } from "hardhat";
import {
  encodeLock,
  lockDestination,
  lockLeaf,
  lockTermsHash,
  LockTree,
  NATIVE,
  NO_LOCKS,
  type Address,
  type Hex,
  type Lock,
  type LockTerms,
  type PlacedLock,
} from "../../src";
import type { ConfigurableRegistry, PlainLockSet } from "../../typechain-types";
import { deployPayments, deployRegistry, now, REGISTRY, type Payments } from "../support/payments";
import { addressOf } from "../support/sluice";
import { address, word } from "./arbitraries";
import { revertOf } from "./reverts";
import { runs, USUAL_RUNS } from "./runs";

const lock: fc.Arbitrary<Lock> = fc.record({
  registry: address,
  key: word,
  amount: fc.bigInt(0n, 2n ** 128n - 1n),
  expiry: fc.bigInt(0n, 2n ** 48n - 1n),
});

/** Positions that are close together, with some far away. */
const position = fc.oneof(fc.nat(40), fc.nat(40), fc.nat(1_000), fc.constant(2 ** 32 - 1));

const placedLocks: fc.Arbitrary<PlacedLock[]> = fc.uniqueArray(
  fc.tuple(position, lock).map(([at, fields]) => ({ ...fields, position: at })),
  { minLength: 1, maxLength: 40, selector: (placed) => placed.position },
);

/** The root by its definition: level by level, over all positions. */
function rootByDefinition(locks: readonly PlacedLock[]): Hex {
  let nodes = new Map(locks.map((placed) => [placed.position, lockLeaf(placed)]));
  while (nodes.size > 1) {
    const parents = new Map<number, Hex>();
    for (const [index, node] of nodes) {
      const other = nodes.get(index % 2 === 0 ? index + 1 : index - 1);
      const parent = other === undefined ? node : index % 2 === 0 ? keccak256(concat([node, other])) : undefined;
      if (parent !== undefined) parents.set(Math.floor(index / 2), parent as Hex);
    }
    nodes = parents;
  }
  return [...nodes.values()][0] ?? NO_LOCKS;
}

describe("locks, in assembly, in plain Solidity and in TypeScript", () => {
  let payments: Payments;
  let plain: PlainLockSet;

  before(async () => {
    payments = await deployPayments();
    plain = await ethers.deployContract("PlainLockSet", [payments.adjudicator]);
  });

  it("have the root of the definition", () => {
    fc.assert(
      fc.property(placedLocks, (locks) => {
        expect(new LockTree(locks).root).to.equal(rootByDefinition(locks));
      }),
      runs(USUAL_RUNS),
    );
  });

  it("have one root whatever was added and taken away before, in any order", () => {
    fc.assert(
      fc.property(placedLocks, fc.array(fc.nat(), { maxLength: 60 }), (locks, choices) => {
        const tree = new LockTree();
        for (const choice of choices) {
          const chosen = locks[choice % locks.length]!;
          if (tree.get(chosen.position) === undefined) tree.place(chosen);
          else tree.remove(chosen.position);
          const left = [...tree.locks()];
          expect(tree.root).to.equal(rootByDefinition(left));
          expect(tree.size).to.equal(left.length);
          expect(tree.sum).to.equal(left.reduce((sum, { amount }) => sum + amount, 0n));
        }
      }),
      runs(USUAL_RUNS),
    );
  }).timeout(0);

  it("are proved to be in their set, and found to be all of it or not", async () => {
    await fc.assert(
      fc.asyncProperty(placedLocks, fc.infiniteStream(fc.boolean()), async (locks, choose) => {
        const tree = new LockTree(locks);
        const some = locks.filter(() => choose.next().value as boolean);
        const chosen = some.length === 0 ? locks : some;
        const { locks: packed, proof } = tree.prove(chosen.map((placed) => placed.position));
        const [actual, actualWhole, expected, expectedWhole] = await plain.rootOf(packed, proof);
        expect([actual, actualWhole]).to.deep.equal([expected, expectedWhole]);
        expect([actual, actualWhole]).to.deep.equal([tree.root, chosen.length === locks.length]);
      }),
      runs(USUAL_RUNS),
    );
  }).timeout(0);

  it("give one answer to a proof that was spoiled, and never the root", async () => {
    await fc.assert(
      fc.asyncProperty(placedLocks, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (locks, ...random) => {
        const [pick, place, change] = random;
        const tree = new LockTree(locks);
        const { locks: packed, proof } = tree.prove([locks[pick % locks.length]!.position, locks[0]!.position]);
        const bytes = ethers.getBytes(concat([packed, proof]));
        const at = place % bytes.length;
        bytes[at] = bytes[at]! ^ change;
        const length = ethers.dataLength(packed);
        const spoiled = [bytes.slice(0, length), bytes.slice(length)] as const;
        const answers = await plain.rootOf(...spoiled).catch(errorOf);
        if (typeof answers === "string") {
          expect(answers).to.equal("ProofMalformed");
          return;
        }
        expect([answers[0], answers[1]]).to.deep.equal([answers[2], answers[3]]);
        expect(answers[0]).to.not.equal(tree.root);
      }),
      runs(USUAL_RUNS),
    );
  }).timeout(0);

  it("have one leaf, one hash of terms and one destination", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(word, word, word, word), position, lock, async (fields, at, value) => {
        const [payer, payee, salt, root] = fields;
        const terms = { payer, payee, salt, root } as LockTerms;
        const destination = await payments.lockSet.destinationOf(terms);
        expect(lockDestination(payments.addresses.lockSet, terms)).to.equal(destination);
        const types = ["bytes32", "bytes32", "bytes32", "bytes32"];
        expect(lockTermsHash(terms)).to.equal(keccak256(ethers.AbiCoder.defaultAbiCoder().encode(types, fields)));
        const { expiry, registry, key, amount } = value;
        const packed = ethers.solidityPacked(
          ["uint32", "uint48", "address", "bytes32", "uint128"],
          [at, expiry, registry, key, amount],
        );
        expect(encodeLock({ ...value, position: at })).to.equal(packed);
        expect(lockLeaf({ ...value, position: at })).to.equal(keccak256(packed));
      }),
      runs(USUAL_RUNS),
    );
  });

  describe("claimed in random parts", () => {
    let registries: ConfigurableRegistry[];

    before(async () => {
      registries = await Promise.all([
        deployRegistry(REGISTRY.answer, 0n),
        deployRegistry(REGISTRY.answer, 50n),
        deployRegistry(REGISTRY.revert),
      ]);
    });

    it("are paid and marked as the plain contract does", async () => {
      const addresses = await Promise.all(registries.map(addressOf));
      const later = (await now()) + 10_000_000n;
      const fields = fc.record({
        registry: fc.nat(29).map((i) => addresses[i < 14 ? 0 : i < 28 ? 1 : 2]!),
        key: word,
        amount: fc.bigInt(0n, 1_000n),
        expiry: fc.constantFrom(0n, 49n, 50n, 51n, later),
      });
      const anyLocks = fc.uniqueArray(
        fc.tuple(fc.nat(600), fields).map(([at, value]) => ({ ...value, position: at })),
        { minLength: 1, maxLength: 12, selector: (placed) => placed.position },
      );
      const claims = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(
          anyLocks,
          claims,
          fc.integer({ min: -300, max: 300 }),
          word,
          async (locks, parts, more, salt) => {
            const tree = new LockTree(locks);
            const money = tree.sum + BigInt(more) > 0n ? tree.sum + BigInt(more) : 0n;
            const results = [];
            for (const contract of [payments.lockSet, plain]) {
              const parties = ["payer", "payee"].map((name) => ethers.id(`${name} of ${salt}`) as Hex);
              const terms = { payer: parties[0]!, payee: parties[1]!, salt, root: tree.root };
              results.push(await claimParts(contract, terms, tree, locks, parts, money));
            }
            expect(results[0]).to.deep.equal(results[1]);
          },
        ),
        runs(40),
      );
    }).timeout(0);

    /** What happened to each claim, and what was marked and paid in the end. */
    async function claimParts(
      contract: Payments["lockSet"] | PlainLockSet,
      terms: { payer: Hex; payee: Hex; salt: Hex; root: Hex },
      tree: LockTree,
      locks: readonly PlacedLock[],
      parts: readonly number[][],
      money: bigint,
    ): Promise<unknown[]> {
      const snapshot: unknown = await ethers.provider.send("evm_snapshot", []);
      const destination = lockDestination((await contract.getAddress()) as Address, terms as LockTerms);
      await payments.adjudicator.depositNative(destination, 0n, { value: money });
      const outcomes: unknown[] = [];
      const all = locks.map((_, i) => i);
      for (const part of [...parts, all]) {
        const { locks: packed, proof } = tree.prove(part.map((i) => locks[i % locks.length]!.position));
        const claim = contract.claim(terms, NATIVE, packed, proof);
        outcomes.push(await claim.then(() => "paid").catch(errorOf));
      }
      for (const word of [0, 1, 2]) outcomes.push(await contract.marks(destination, NATIVE, word));
      for (const owner of [terms.payer, terms.payee, destination]) {
        outcomes.push(await payments.adjudicator.held(owner, NATIVE));
      }
      await ethers.provider.send("evm_revert", [snapshot]);
      return outcomes;
    }
  });
});

/** The name of the custom error by which a call was refused. */
function errorOf(error: unknown): string {
  return revertOf(error).split("(")[0]!;
}
