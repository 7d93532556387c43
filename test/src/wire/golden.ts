import { FINAL_VERSION, NATIVE, toAddress, type ChannelId, type Destination, type Hex } from "../../../src";
import type { Propose } from "../../../src/engine/messages";
import type { WireMessage } from "../../../src/wire/formats";

const fill = (byte: string, size = 32): Hex => `0x${byte.repeat(size)}`;
const channelId = fill("c1") as ChannelId;
const [alice, bob] = [fill("0a") as Destination, fill("0b") as Destination];
const token = toAddress("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
const signature = { r: fill("aa"), vs: fill("bb") };
const state = { version: 7n, outcome: fill("0e", 21), appData: "0xda7a" as Hex };
const transfer = { asset: token, from: alice, to: bob, amount: 1_000n };
const propose: Propose = {
  type: "propose",
  channelId,
  base: 7n,
  version: 8n,
  change: { transfers: [transfer], final: false },
};

/** One message of each kind, in full. */
export const MESSAGES: { readonly [M in WireMessage as M["type"]]: M } = {
  open: {
    type: "open",
    channel: {
      participants: [token, toAddress(fill("b0", 20))],
      nonce: fill("11"),
      app: NATIVE,
      challengePeriod: 86_400n,
      bond: 0n,
    },
    destinations: [alice, bob],
    opening: { ...state, version: 0n },
    funding: { kind: "splice", predecessor: fill("c0") as ChannelId, carried: [{ asset: token, amounts: [1n, 2n] }] },
    signature,
  },
  request: {
    type: "request",
    channelId,
    id: 300,
    change: { transfers: [transfer, transfer], appData: "0x", final: true },
  },
  propose,
  sign: { ...propose, type: "sign", signature },
  commit: {
    type: "commit",
    channelId,
    state,
    signatures: [signature, signature],
    answered: [4, 70_000],
    next: propose,
  },
  move: { type: "move", channelId, state: { ...state, version: FINAL_VERSION - 1n }, signature },
  reject: { type: "reject", channelId, version: 8n, request: 5, reason: "INSUFFICIENT", text: "Zu wenig für Björn" },
  sync: { type: "sync", channelId, agreed: FINAL_VERSION, newest: 200n, taken: [4n, 0n], ask: true },
  authorize: {
    type: "authorize",
    channelId,
    authorizations: [
      {
        token,
        from: toAddress(fill("b0", 20)),
        amount: 5n,
        expectedHeld: 0n,
        salt: 1n,
        validAfter: 0n,
        validBefore: 2n ** 256n - 1n,
        v: 27,
        r: fill("aa"),
        s: fill("5b"),
      },
    ],
  },
  voucher: {
    type: "voucher",
    channelId,
    lane: 1,
    nonce: 300n,
    ack: 7n,
    operations: [
      { kind: "pay", amount: 1_000n, note: "0xda7a" },
      {
        kind: "lock",
        lock: { position: 2, registry: token, key: fill("0e"), amount: 5n, expiry: 1_900_000_000n },
        packet: "0x0102",
      },
      { kind: "settle", position: 1 },
      { kind: "drop", position: 0 },
    ],
    signature,
  },
  claim: { type: "claim", channelId, lane: 0, claims: [{ position: 3, serial: 70_000, secret: fill("5e") }] },
  giveUp: { type: "giveUp", channelId, lane: 0, locks: [{ position: 3, serial: 9, failure: "0xfa11" }] },
  announce: { type: "announce", announcement: "0xa110" },
  countersign: { type: "countersign", channelId, timestamp: 1_900_000_000n, signature },
  askQuote: { type: "askQuote", id: 7, give: NATIVE, get: token },
  quote: { type: "quote", id: 7, rate: { give: 2n, get: 300n } },
};

/** Their bytes. A peer of this version must produce and read exactly these. */
export const BYTES: Readonly<Record<WireMessage["type"], string>> = {
  open:
    "01009595c4285aaeb6053f3e94c9b9a09f33669435e7ef1beaedb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0c4201111" +
    "111111111111111111111111111111111111111111111111111111111111c414000000000000000000000000000000000000" +
    "0000c403015180c400c4400a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b0b0b" +
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b9300c4150e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e" +
    "c402da7a9303c420c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c09192c4145aaeb6053f3e" +
    "94c9b9a09f33669435e7ef1beaedc44000000000000000000000000000000000000000000000000000000000000000010000" +
    "000000000000000000000000000000000000000000000000000000000002c440aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  request:
    "010193c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1cd012c93c4e85aaeb6053f3e94" +
    "c9b9a09f33669435e7ef1beaed0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b" +
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0000000000000000000000000000000000000000000000" +
    "0000000000000003e85aaeb6053f3e94c9b9a09f33669435e7ef1beaed0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a" +
    "0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b00000000000000" +
    "000000000000000000000000000000000000000000000003e8c400c3",
  propose:
    "010294c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1070893c4745aaeb6053f3e94c9" +
    "b9a09f33669435e7ef1beaed0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b0b" +
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000000000000000000000000000" +
    "00000000000003e8c0c2",
  sign:
    "010395c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1070893c4745aaeb6053f3e94c9" +
    "b9a09f33669435e7ef1beaed0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b0b" +
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000000000000000000000000000" +
    "00000000000003e8c0c2c440aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbb" +
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  commit:
    "010495c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c19307c4150e0e0e0e0e0e0e0e0e" +
    "0e0e0e0e0e0e0e0e0e0e0e0ec402da7ac480aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb9204ce00" +
    "01117094c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1070893c4745aaeb6053f3e94" +
    "c9b9a09f33669435e7ef1beaed0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0b0b0b0b0b" +
    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0000000000000000000000000000000000000000000000" +
    "0000000000000003e8c0c2",
  move:
    "010593c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c193cb42efffffffffffc0c4150e" +
    "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0ec402da7ac440aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" +
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  reject:
    "010695c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1080503c4145a752077656e6967" +
    "2066c3bc7220426ac3b6726e",
  sync: "010795c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1cb42efffffffffffe0ccc8c392" + "0400",
  authorize:
    "010892c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c501095aaeb6053f3e94c9b9a0" +
    "9f33669435e7ef1beaedb0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b00000000000000000000000000000000000000000" +
    "0000000000000000000000050000000000000000000000000000000000000000000000000000000000000000000000000000" +
    "0000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000" +
    "0000000000000000ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1baaaaaaaaaaaaaaaaaa" +
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b" +
    "5b5b5b5b5b",
  voucher:
    "010996c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c101cd012c07c471000000000000" +
    "00000000000000000003e802da7a01000000020000713fb3005aaeb6053f3e94c9b9a09f33669435e7ef1beaed0e0e0e0e0e" +
    "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0000000000000000000000000000000500020102020000" +
    "00010300000000c440aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbb" +
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  claim:
    "010a93c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100c42a00000003000000011170" +
    "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",
  giveUp:
    "010b93c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100c40e00000003000000000009" + "0002fa11",
  announce: "010c91c402a110",
  countersign:
    "010d93c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1ce713fb300c440aaaaaaaaaaaa" +
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" +
    "bbbbbbbbbbbbbbbb",
  askQuote: "010e9307c4140000000000000000000000000000000000000000c4145aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
  quote: "010f920792c40102c402012c",
};
