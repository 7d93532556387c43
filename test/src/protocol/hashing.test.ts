import { expect } from "chai";
import { AbiCoder, concat, id, keccak256, solidityPacked, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import {
  challengeDigest,
  channelIdOf,
  disputeHashOf,
  domainOf,
  encodeOutcome,
  finalHashOf,
  stateDigest,
  stateHashOf,
  type Address,
  type ChannelId,
  type Deployment,
  type Hex,
  type StateHash,
} from "../../../src";
import { address, amount, bytes, channel, dispute, outcome, state, version, word } from "../../properties/arbitraries";
import { runs, USUAL_RUNS } from "../../properties/runs";

const TYPES = {
  Channel: [
    { name: "participants", type: "address[]" },
    { name: "nonce", type: "bytes32" },
    { name: "app", type: "address" },
    { name: "challengePeriod", type: "uint256" },
    { name: "bond", type: "uint256" },
  ],
  State: [
    { name: "channelId", type: "bytes32" },
    { name: "version", type: "uint48" },
    { name: "outcome", type: "bytes" },
    { name: "appData", type: "bytes" },
  ],
  Challenge: [{ name: "stateHash", type: "bytes32" }],
};
const CODER = AbiCoder.defaultAbiCoder();

const deployment: fc.Arbitrary<Deployment> = fc.record({ chainId: amount, adjudicator: address });
const channelId = word.map((hash) => hash as ChannelId);
const stateHash = word.map((hash) => hash as StateHash);

describe("hashing by hand and by the general coders of ethers", () => {
  it("gives one channel id", () => {
    holds(
      fc.property(deployment, channel, (where, terms) => {
        expect(channelIdOf(where, terms)).to.equal(typedHash(where, "Channel", terms));
      }),
    );
  });

  it("gives one state hash and one digest, whatever the case of the digits", () => {
    const written = fc.tuple(state, fc.boolean()).map(([value, upper]) => (upper ? upperCase(value) : value));
    holds(
      fc.property(fc.tuple(deployment, channelId), written, ([where, channelId], value) => {
        const message = { channelId, ...value };
        const types = { State: TYPES.State };
        expect(stateHashOf(channelId, value)).to.equal(TypedDataEncoder.hashStruct("State", types, message));
        expect(stateDigest(where, channelId, value)).to.equal(typedHash(where, "State", message));
      }),
    );
  });

  it("gives one digest for a bonded challenge", () => {
    holds(
      fc.property(deployment, stateHash, (where, stateHash) => {
        expect(challengeDigest(where, stateHash)).to.equal(typedHash(where, "Challenge", { stateHash }));
      }),
    );
  });

  it("gives one hash of a dispute", () => {
    holds(
      fc.property(dispute, (value) => {
        const types = ["uint48", "uint256", "bytes32", "address", "address", "uint256"];
        const { version, finalizesAt, stateHash, challenger, payer, bond } = value;
        const encoded = CODER.encode(types, [version, finalizesAt, stateHash, challenger, payer, bond]);
        expect(disputeHashOf(value)).to.equal(keccak256(encoded));
      }),
    );
  });

  it("gives one hash of a final record", () => {
    holds(
      fc.property(stateHash, fc.array(amount, { maxLength: 64 }), (hash, owed) => {
        const owedHash = keccak256(concat(owed.map((value) => CODER.encode(["uint256"], [value]))));
        const words = [id("Final(bytes32 stateHash,uint256[] owed)"), hash, owedHash];
        expect(finalHashOf(hash, owed)).to.equal(keccak256(concat(words)));
      }),
    );
  });

  it("packs one outcome", () => {
    holds(
      fc.property(outcome, (value) => {
        const groups = value.map(({ asset, allocations }) =>
          concat([
            solidityPacked(["address", "uint8"], [asset, allocations.length]),
            ...allocations.map(({ destination, amount }) =>
              solidityPacked(["bytes32", "uint256"], [destination, amount]),
            ),
          ]),
        );
        expect(encodeOutcome(value)).to.equal(concat(groups));
      }),
    );
  });
});

describe("hashing", () => {
  const hash = id("state") as StateHash;
  const somewhere = { chainId: 1n, adjudicator: `0x${"11".repeat(20)}` as Address };
  const terms = { participants: [], nonce: id("") as Hex, app: somewhere.adjudicator, challengePeriod: 1n, bond: 0n };
  const nothing = { version: 0n, outcome: "0x", appData: "0x" } as const;

  it("follows a deployment object that somebody changes", () => {
    const where = { ...somewhere };
    const before = challengeDigest(where, hash);
    where.chainId = 2n;
    expect(challengeDigest(where, hash)).to.equal(typedHash(where, "Challenge", { stateHash: hash }));
    where.chainId = 1n;
    expect(challengeDigest(where, hash)).to.equal(before);
  });

  const REFUSALS: [string, string, () => unknown][] = [
    ["a channel id that is too short", "HEX_INVALID", () => stateHashOf("0x12" as ChannelId, nothing)],
    ["a channel id that is too long", "HEX_INVALID", () => stateHashOf(`${hash}00` as ChannelId, nothing)],
    ["half a byte of data", "HEX_INVALID", () => stateHashOf(hash as Hex as ChannelId, { ...nothing, appData: "0x1" })],
    [
      "data that is no hex",
      "HEX_INVALID",
      () => stateHashOf(hash as Hex as ChannelId, { ...nothing, outcome: "0xzz" }),
    ],
    ["a nonce without 0x", "HEX_INVALID", () => channelIdOf(somewhere, { ...terms, nonce: hash.slice(2) as Hex })],
    ["an app that is none", "ADDRESS_INVALID", () => channelIdOf(somewhere, { ...terms, app: "0x00" as Address })],
    ["a negative bond", "AMOUNT_OUT_OF_RANGE", () => channelIdOf(somewhere, { ...terms, bond: -1n })],
    ["an amount beyond 256 bits", "AMOUNT_OUT_OF_RANGE", () => finalHashOf(hash, [2n ** 256n])],
    ["text for an amount", "AMOUNT_OUT_OF_RANGE", () => finalHashOf(hash, ["10" as unknown as bigint])],
  ];
  for (const [what, code, act] of REFUSALS) {
    it(`refuses ${what} with ${code}`, () => {
      expect(act).to.throw().with.property("code", code);
    });
  }

  it("refuses exactly the versions that the type cannot hold", () => {
    holds(
      fc.property(fc.oneof(version, fc.bigInt(-(2n ** 49n), 2n ** 49n)), bytes(40), (value, appData) => {
        const valid = value >= 0n && value < 2n ** 48n;
        const act = () => stateHashOf(hash as Hex as ChannelId, { version: value, outcome: "0x", appData });
        if (valid) expect(act).not.to.throw();
        else expect(act).to.throw().with.property("code", "VERSION_OUT_OF_RANGE");
      }),
    );
  });
});

function holds<T>(property: fc.IProperty<T>): void {
  fc.assert(property, runs(USUAL_RUNS));
}

function typedHash(where: Deployment, type: keyof typeof TYPES, value: object): string {
  return TypedDataEncoder.hash(domainOf(where), { [type]: TYPES[type] }, value);
}

function upperCase<T extends { readonly outcome: Hex; readonly appData: Hex }>(value: T): T {
  const upper = (hex: Hex): Hex => `0x${hex.slice(2).toUpperCase()}`;
  return { ...value, outcome: upper(value.outcome), appData: upper(value.appData) };
}
