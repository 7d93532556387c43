import { expect } from "chai";
import { id } from "ethers";
import {
  encodeLock,
  LockTree,
  NATIVE,
  NO_LOCKS,
  SluiceError,
  type Hex,
  type Lock,
  type PlacedLock,
} from "../../../src";

const LOCK: Lock = { registry: NATIVE, key: id("a key") as Hex, amount: 1n, expiry: 2n };

describe("locks", () => {
  function refusal(call: () => unknown): string {
    try {
      call();
    } catch (error) {
      if (error instanceof SluiceError) return error.code;
      throw error;
    }
    return "none";
  }

  it("are packed into 78 bytes", () => {
    const expected = `0x00000003000000000002${"00".repeat(20)}${id("a key").slice(2)}${"00".repeat(15)}01`;
    expect(encodeLock({ ...LOCK, position: 3 })).to.equal(expected);
  });

  for (const [what, change] of [
    ["a position of 2^32", { position: 2 ** 32 }],
    ["a negative position", { position: -1 }],
    ["an amount of 2^128", { amount: 2n ** 128n }],
    ["a negative amount", { amount: -1n }],
    ["an expiry of 2^48", { expiry: 2n ** 48n }],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(refusal(() => encodeLock({ ...LOCK, position: 0, ...(change as Partial<PlacedLock>) }))).to.equal(
        "LOCK_INVALID",
      );
      expect(refusal(() => new LockTree([{ ...LOCK, position: 0, ...(change as Partial<PlacedLock>) }]))).to.equal(
        "LOCK_INVALID",
      );
    });
  }

  it("get the lowest free positions", () => {
    const tree = new LockTree();
    expect([0, 1, 2].map(() => tree.add(LOCK).position)).to.deep.equal([0, 1, 2]);
    tree.remove(1);
    tree.place({ ...LOCK, position: 5 });
    expect([0, 1].map(() => tree.add(LOCK).position)).to.deep.equal([1, 3]);
    for (let i = 0; i < 4; i++) tree.add(LOCK);
    expect([...tree.locks()].map(({ position }) => position)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("are shared by copies, which go their own ways", () => {
    const tree = new LockTree([0, 1, 9].map((position) => ({ ...LOCK, position })));
    const { root, sum, size } = tree;
    const copy = tree.copy();
    copy.remove(9);
    copy.add(LOCK);
    copy.place({ ...LOCK, position: 70 });
    expect([tree.root, tree.sum, tree.size]).to.deep.equal([root, sum, size]);
    const changes = [...copy.changesSince(tree)].map(([position, lock]) => [position, lock?.position]);
    expect(changes).to.deep.equal([
      [2, 2],
      [9, undefined],
      [70, 70],
    ]);
    expect([...tree.changesSince(copy)].length).to.equal(3);
    expect([...tree.changesSince(tree.copy())]).to.deep.equal([]);
  });

  it("can have facts beside them, which are not part of the set", () => {
    const tree = new LockTree<PlacedLock & { readonly note?: string }>([{ ...LOCK, position: 3 }]);
    const before = tree.copy();
    tree.annotate(3, { note: "mine" });
    expect(tree.get(3)).to.include({ note: "mine", position: 3 });
    expect(tree.root).to.equal(before.root);
    expect(before.get(3)).to.not.have.property("note");
    expect([...tree.changesSince(before)].map(([position]) => position)).to.deep.equal([3]);
    expect(refusal(() => tree.annotate(2, {}))).to.equal("LOCK_INVALID");
  });

  it("do not get a position that somebody else has taken meanwhile", () => {
    const tree = new LockTree();
    tree.add(LOCK);
    tree.remove(0);
    tree.place({ ...LOCK, position: 0 });
    expect(tree.add(LOCK).position).to.equal(1);
  });

  it("are added and taken away without a trace", () => {
    const tree = new LockTree();
    const roots = [0, 1, 2, 3, 4].map(() => {
      const { root } = tree;
      tree.add(LOCK);
      return root;
    });
    for (const root of roots.reverse()) {
      tree.remove(tree.size - 1);
      expect(tree.root).to.equal(root);
    }
    expect(tree.root).to.equal(NO_LOCKS);
  });

  it("leave a tree as it was when one is refused", () => {
    const tree = new LockTree([{ ...LOCK, position: 1 }]);
    const { root } = tree;
    expect(refusal(() => tree.place({ ...LOCK, position: 1 }))).to.equal("LOCK_INVALID");
    expect(refusal(() => tree.place({ ...LOCK, position: 0, amount: -1n }))).to.equal("LOCK_INVALID");
    expect(refusal(() => tree.remove(0))).to.equal("LOCK_INVALID");
    expect([tree.root, tree.size, tree.sum]).to.deep.equal([root, 1, 1n]);
  });

  it("are proved only if they are there", () => {
    const tree = new LockTree([{ ...LOCK, position: 1 }]);
    expect(refusal(() => tree.prove([1, 2]))).to.equal("LOCK_INVALID");
    expect(refusal(() => tree.prove([]))).to.equal("LOCK_INVALID");
  });

  it("are proved in order, each once, however they are asked for", () => {
    const tree = new LockTree([0, 1, 2, 3].map((position) => ({ ...LOCK, position })));
    expect(tree.prove([3, 0, 3])).to.deep.equal(tree.prove([0, 3]));
  });

  it("need one hash a level to be proved, and one byte for many pairs", () => {
    const tree = new LockTree(Array.from({ length: 1_024 }, (_, position) => ({ ...LOCK, position })));
    expect(tree.prove([7]).proof).to.have.length(2 + 10 * 66);
    expect(tree.prove([...tree.locks()].map(({ position }) => position)).proof).to.equal(`0x${"ff".repeat(4)}0d`);
  });
});
