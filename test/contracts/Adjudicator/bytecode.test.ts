import { expect } from "chai";
import { getBytes } from "ethers";
import { ethers } from "hardhat";
import { freshSluice } from "../../support/sluice";

const OPCODE = { push1: 0x60, push32: 0x7f, create: 0xf0, callcode: 0xf2, delegatecall: 0xf4, create2: 0xf5 };
const SELFDESTRUCT = 0xff;

/** Everything anybody can call that changes something. */
const CALLS = [
  "challenge",
  "challengeWithProof",
  "checkpoint",
  "checkpointWithProof",
  "collect",
  "conclude",
  "deposit",
  "depositNative",
  "fund",
  "multicall",
  "paySurplus",
  "release",
  "settle",
  "withdraw",
];

/** The instructions of a contract: without the data of pushes, and without the metadata at its end. */
function opcodesOf(code: Uint8Array): number[] {
  const metadata = code[code.length - 2]! * 256 + code[code.length - 1]! + 2;
  const opcodes: number[] = [];
  for (let i = 0; i < code.length - metadata; i++) {
    const opcode = code[i]!;
    opcodes.push(opcode);
    if (opcode >= OPCODE.push1 && opcode <= OPCODE.push32) i += opcode - OPCODE.push1 + 1;
  }
  return opcodes;
}

interface Trace {
  structLogs: { op: string; stack: string[] }[];
}

describe("Adjudicator", () => {
  describe("power over it that nobody has", () => {
    it("has exactly the calls of its users: no owner, upgrade or pause (threat 52)", async () => {
      const { adjudicator } = await freshSluice();
      const calls: string[] = [];
      adjudicator.interface.forEachFunction(({ name, stateMutability }) => {
        if (stateMutability !== "view" && stateMutability !== "pure") calls.push(name);
      });
      expect(calls.sort()).to.deep.equal(CALLS);
    });

    it("takes no coin without a call, and no unknown call (threats 13, 52)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      await expect(relayer.sendTransaction({ to: adjudicator, value: 1n })).to.be.reverted;
      await expect(relayer.sendTransaction({ to: adjudicator, data: "0x8da5cb5b" })).to.be.reverted;
    });

    it("is deployed without arguments, so that nobody is written into it (threat 52)", async () => {
      const { adjudicator, mallory } = await freshSluice();
      const again = await ethers.deployContract("Adjudicator", [], mallory.account);
      expect(await ethers.provider.getCode(again)).to.equal(await ethers.provider.getCode(adjudicator));
    });

    for (const [name, opcode] of [
      ["SELFDESTRUCT", SELFDESTRUCT],
      ["CALLCODE", OPCODE.callcode],
      ["CREATE", OPCODE.create],
      ["CREATE2", OPCODE.create2],
    ] as const) {
      it(`contains no ${name} (threat 52)`, async () => {
        const { adjudicator } = await freshSluice();
        expect(opcodesOf(getBytes(await ethers.provider.getCode(adjudicator)))).not.to.include(opcode);
      });
    }

    it("contains one DELEGATECALL, that of multicall (threat 52)", async () => {
      const { adjudicator } = await freshSluice();
      const opcodes = opcodesOf(getBytes(await ethers.provider.getCode(adjudicator)));
      expect(opcodes.filter((opcode) => opcode === OPCODE.delegatecall)).to.have.length(1);
    });

    it("delegates to nobody but itself, whatever a batch holds (threat 52)", async () => {
      const { adjudicator, alice } = await freshSluice();
      const call = adjudicator.interface.encodeFunctionData("held", [alice.destination, ethers.ZeroAddress]);
      const nested = adjudicator.interface.encodeFunctionData("multicall", [[call]]);
      const { hash } = await adjudicator.multicall([call, nested]);
      const { structLogs } = (await ethers.provider.send("debug_traceTransaction", [hash])) as Trace;
      const targets = structLogs.filter(({ op }) => op === "DELEGATECALL").map(({ stack }) => stack.at(-2)!.slice(-40));
      const self = (await adjudicator.getAddress()).slice(2).toLowerCase();
      expect(targets).to.deep.equal([self, self, self]);
    });

    it("batches take no coin, so that none can be counted twice (threat 13)", async () => {
      const { adjudicator, relayer } = await freshSluice();
      const data = adjudicator.interface.encodeFunctionData("multicall", [[]]);
      await expect(relayer.sendTransaction({ to: adjudicator, data, value: 1n })).to.be.revertedWithoutReason();
    });
  });
});
