import { expect } from "chai";
import fc from "fast-check";
import {
  challengeDigest,
  NATIVE,
  stateDigest,
  toAddress,
  type ChannelId,
  type Hex,
  type StateHash,
} from "../../../../src";
import { verifySignature } from "../../../../src/adapters/crypto/native";
import {
  announce,
  announcementDigest,
  decodeAnnouncement,
  encodeAnnouncement,
  MAX_ANNOUNCEMENT_SIZE,
  nodeIdOf,
  publicKeysOf,
  requireAuthentic,
  type Announcement,
  type NodeTerms,
  type Terms,
} from "../../../../src/payments/routing";
import { refusal } from "../../wire/refusal";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import {
  ALICE,
  announcedChannel,
  announcedPolicy,
  BOB,
  channelTerms,
  DEPLOYMENT,
  FREE,
  MALLORY,
  NOW,
  ordered,
  TOKEN,
} from "./world";

const CHANNEL = announcedChannel(ALICE, BOB);
const [FIRST, SECOND] = publicKeysOf(DEPLOYMENT, CHANNEL) as [Hex, Hex];
const NODE: NodeTerms = {
  kind: "node",
  publicKey: FIRST,
  alias: "Zoë's café ☕",
  urls: ["wss://one.example:9000", "ws://[::1]:9001/path"],
  timestamp: NOW,
};
const POLICY = announcedPolicy(CHANNEL, ALICE, { feeBase: 3n, feeMillionths: 500n, expiryDelta: 600n });
const EXAMPLES: readonly [Announcement, readonly Hex[]][] = [
  [announce(DEPLOYMENT, NODE, ordered(ALICE, BOB)[0]), [ordered(ALICE, BOB)[0].address]],
  [CHANNEL, CHANNEL.channel.participants],
  [POLICY, [ALICE.address]],
];

const hex = <T extends Hex>(size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as T);
const address = hex(20).map(toAddress);
const amount = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 128n - 1n));
const timestamp = fc.bigInt(0n, 2n ** 40n - 1n);
const ascending = <T>(values: T[], key: (value: T) => Hex) =>
  values.sort((a, b) => (BigInt(key(a)) < BigInt(key(b)) ? -1 : 1));
const visible = fc.string({ unit: "grapheme-composite", maxLength: 32 }).map((text) => {
  let shown = text.replace(/\p{C}/gu, "");
  while (Buffer.byteLength(shown) > 32) shown = shown.replace(/.$/su, "");
  return shown;
});
const terms: fc.Arbitrary<Terms> = fc.oneof(
  fc.record({
    kind: fc.constant("node" as const),
    publicKey: fc.constantFrom(FIRST, SECOND),
    alias: visible,
    urls: fc.array(
      fc.stringMatching(/^[!-~]{1,190}$/).map((rest) => `wss://${rest}`),
      { maxLength: 4 },
    ),
    timestamp,
  }),
  fc.record({
    kind: fc.constant("channel" as const),
    channel: fc.record({
      participants: fc
        .uniqueArray(
          address.filter((a) => a !== NATIVE),
          { minLength: 2, maxLength: 2 },
        )
        .map((pair) => ascending(pair, (a) => a)),
      nonce: hex(32),
      app: address,
      challengePeriod: fc.bigInt(1n, 365n * 86_400n),
      bond: fc.bigInt(0n, 2n ** 256n - 1n),
    }),
    assets: fc
      .uniqueArray(fc.record({ asset: address, capacity: amount.map((a) => (a === 0n ? 1n : a)) }), {
        minLength: 1,
        maxLength: 16,
        selector: ({ asset }) => asset,
      })
      .map((assets) => ascending(assets, ({ asset }) => asset)),
    timestamp,
  }),
  fc
    .record({
      kind: fc.constant("policy" as const),
      channelId: hex<ChannelId>(32),
      direction: fc.constantFrom(0 as const, 1 as const),
      asset: address,
      enabled: fc.boolean(),
      feeBase: amount,
      feeMillionths: fc.bigInt(0n, 1_000_000n),
      minimum: amount,
      maximum: amount,
      expiryDelta: fc.bigInt(0n, 14n * 86_400n),
      timestamp,
    })
    .map((p) => (p.minimum > p.maximum ? { ...p, minimum: p.maximum, maximum: p.minimum } : p)),
);
const announcement = fc
  .tuple(terms, hex(32), hex(32))
  .map(([t, r, vs]) => ({ ...t, signatures: Array(t.kind === "channel" ? 2 : 1).fill({ r, vs }) }));

describe("announcements", () => {
  it("come back from bytes as they were, and have one encoding", () => {
    fc.assert(
      fc.property(announcement, (sent) => {
        const encoded = encodeAnnouncement(sent);
        expect(encoded.length).to.be.at.most(MAX_ANNOUNCEMENT_SIZE);
        expect(decodeAnnouncement(encoded)).to.deep.equal(sent);
        expect(encodeAnnouncement(decodeAnnouncement(encoded))).to.deep.equal(encoded);
      }),
      runs(USUAL_RUNS),
    );
  });

  it("are compact", () => {
    expect(EXAMPLES.map(([example]) => encodeAnnouncement(example).length)).to.deep.equal([166, 256, 137]);
  });

  it("refuse every byte that differs, is missing or is too many", () => {
    for (const [example, signers] of EXAMPLES) {
      const encoded = encodeAnnouncement(example);
      const expectRefused = (bytes: Uint8Array, what: string) => {
        const act = () => requireAuthentic(DEPLOYMENT, verifySignature, decodeAnnouncement(bytes), signersOf(bytes));
        expect(refusal(act).code, what).to.equal("ANNOUNCEMENT_INVALID");
      };
      // A node says itself who signs; for the others it is known who has to.
      const signersOf = (bytes: Uint8Array) => {
        const read = decodeAnnouncement(bytes);
        return (read.kind === "node" ? [nodeIdOf(read.publicKey)] : signers) as typeof CHANNEL.channel.participants;
      };
      requireAuthentic(DEPLOYMENT, verifySignature, decodeAnnouncement(encoded), signersOf(encoded));
      for (let i = 0; i < encoded.length; i++) {
        for (const flip of [1, 0x80]) {
          const changed = encoded.slice();
          changed[i]! ^= flip;
          expectRefused(changed, `${example.kind}, byte ${i} ^ ${flip}`);
        }
        expectRefused(encoded.slice(0, i), `${example.kind}, cut at ${i}`);
      }
      expectRefused(Uint8Array.of(...encoded, 0), `${example.kind}, one byte more`);
    }
  });

  it("survive whatever bytes come", () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: MAX_ANNOUNCEMENT_SIZE + 1 }),
      fc.tuple(fc.constantFrom(0, 1, 2), fc.uint8Array({ maxLength: 400 })).map(([k, b]) => Uint8Array.of(1, k, ...b)),
      fc.tuple(announcement, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 })).map(([sent, at, patch]) => {
        const bytes = encodeAnnouncement(sent);
        bytes.set(patch, at % (bytes.length - patch.length));
        return bytes;
      }),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        let read: Announcement;
        try {
          read = decodeAnnouncement(bytes);
        } catch (error) {
          expect(error).to.include({ code: "ANNOUNCEMENT_INVALID" });
          return;
        }
        expect(encodeAnnouncement(read)).to.deep.equal(bytes);
      }),
      runs(2_000),
    );
  });

  const channel = channelTerms(ALICE, BOB);
  const policy = (changes: object): Terms => ({ ...POLICY, ...changes });
  const WRONG: readonly [string, Terms][] = [
    ["an alias of 33 bytes", { ...NODE, alias: "é".repeat(16) + "x" }],
    ["an alias that turns text around", { ...NODE, alias: "\u202Eevil" }],
    ["an alias with an escape sequence", { ...NODE, alias: "\u001b[2J" }],
    ["half a character", { ...NODE, alias: "\ud800" }],
    ["five addresses", { ...NODE, urls: Array<string>(5).fill("ws://a") }],
    ["an address that is no WebSocket's", { ...NODE, urls: ["https://a.example"] }],
    ["an address with a space", { ...NODE, urls: ["ws://a b"] }],
    ["a public key that is not compressed", { ...NODE, publicKey: `0x04${FIRST.slice(4)}` }],
    [
      "three participants",
      {
        ...channel,
        channel: { ...channel.channel, participants: [1, 2, 3].map((n) => toAddress(`0x${"0".repeat(39)}${n}`)) },
      },
    ],
    [
      "participants out of order",
      { ...channel, channel: { ...channel.channel, participants: [...channel.channel.participants].reverse() } },
    ],
    ["a channel without a period", { ...channel, channel: { ...channel.channel, challengePeriod: 0n } }],
    ["no asset", { ...channel, assets: [] }],
    ["an asset twice", { ...channel, assets: [...channel.assets, ...channel.assets] }],
    ["assets out of order", { ...channel, assets: [{ asset: TOKEN, capacity: 1n }, ...channel.assets] }],
    ["an asset without money", { ...channel, assets: [{ asset: NATIVE, capacity: 0n }] }],
    ["a minimum above the maximum", policy({ minimum: 2n, maximum: 1n })],
    ["a fee above the whole amount", policy({ feeMillionths: 1_000_001n })],
    ["a fee below nothing", policy({ feeBase: -1n })],
    ["an amount of 129 bits", policy({ maximum: 2n ** 128n })],
    ["an expiry of more than two weeks", policy({ expiryDelta: 14n * 86_400n + 1n })],
    ["a third direction", policy({ direction: 2 })],
    ["a channel id of 31 bytes", policy({ channelId: POLICY.channelId.slice(0, -2) })],
  ];
  for (const [what, wrong] of WRONG) {
    it(`are not made with ${what}`, () => {
      expect(refusal(() => announce(DEPLOYMENT, wrong, ALICE)).code).to.equal("ANNOUNCEMENT_INVALID");
      const signatures = Array(wrong.kind === "channel" ? 2 : 1).fill(POLICY.signatures[0]);
      expect(refusal(() => encodeAnnouncement({ ...wrong, signatures })).code).to.equal("ANNOUNCEMENT_INVALID");
    });
  }
});

describe("signatures of announcements", () => {
  it("are nothing elsewhere: on another chain, for another adjudicator, kind or signer", () => {
    const check = (act: () => void) => expect(refusal(act).code).to.equal("ANNOUNCEMENT_INVALID");
    const elsewhere = { ...DEPLOYMENT, chainId: 1n };
    check(() => requireAuthentic(elsewhere, verifySignature, POLICY, [ALICE.address]));
    check(() => requireAuthentic({ ...DEPLOYMENT, adjudicator: TOKEN }, verifySignature, POLICY, [ALICE.address]));
    check(() => requireAuthentic(DEPLOYMENT, verifySignature, POLICY, [BOB.address]));
    check(() =>
      requireAuthentic(DEPLOYMENT, verifySignature, { ...NODE, signatures: POLICY.signatures }, [ALICE.address]),
    );
    const half = {
      ...CHANNEL,
      signatures: [CHANNEL.signatures[0]!, MALLORY.sign(announcementDigest(DEPLOYMENT, CHANNEL))],
    };
    check(() => requireAuthentic(DEPLOYMENT, verifySignature, half, CHANNEL.channel.participants));
    check(() =>
      requireAuthentic(DEPLOYMENT, verifySignature, { ...CHANNEL, signatures: [] }, CHANNEL.channel.participants),
    );
  });

  it("cannot be got by having a state or a challenge signed", () => {
    const digest = announcementDigest(DEPLOYMENT, POLICY);
    const state = { version: 1n, outcome: "0x", appData: Buffer.from(encodeAnnouncement(POLICY)).toString("hex") };
    const digests = [
      stateDigest(DEPLOYMENT, POLICY.channelId, { ...state, outcome: "0x", appData: `0x${state.appData}` }),
      challengeDigest(DEPLOYMENT, digest as StateHash),
      POLICY.channelId,
    ];
    for (const other of digests) {
      const forged = { ...POLICY, signatures: [ALICE.sign(other)] };
      expect(refusal(() => requireAuthentic(DEPLOYMENT, verifySignature, forged, [ALICE.address])).code).to.equal(
        "ANNOUNCEMENT_INVALID",
      );
    }
  });

  it("give away the public keys of a channel's participants", () => {
    expect([FIRST, SECOND].map(nodeIdOf)).to.deep.equal(CHANNEL.channel.participants);
    expect(FIRST).to.match(/^0x0[23][0-9a-f]{64}$/);
  });

  it("refuse a public key that is no point", () => {
    expect(refusal(() => nodeIdOf(`0x02${"ff".repeat(32)}`)).code).to.equal("ANNOUNCEMENT_INVALID");
  });

  it("cover every field", () => {
    const changes = { feeBase: 1n, feeMillionths: 1n, minimum: 1n, maximum: 5n, expiryDelta: 1n, enabled: false };
    const base = { ...POLICY, ...FREE, maximum: 9n };
    const digests = Object.entries(changes).map(([name, value]) =>
      announcementDigest(DEPLOYMENT, { ...base, [name]: value }),
    );
    expect(new Set([announcementDigest(DEPLOYMENT, base), ...digests]).size).to.equal(digests.length + 1);
  });
});
