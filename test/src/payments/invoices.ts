import { bech32m } from "@scure/base";
import { concatBytes } from "@noble/curves/utils";
import fc from "fast-check";
import { NATIVE, toAddress, type ChannelId, type Hex } from "../../../src";
import { invoiceDigest, type Invoice, type RouteHint } from "../../../src/payments";
import { bob, carol, hex, ingrid, person, type Person } from "./people";

const word = (byte: number): Hex => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;

/** Nothing that could be left out. */
export const SMALL: Invoice = {
  deployment: { chainId: 1n, adjudicator: toAddress(`0x${"ad".repeat(20)}`) },
  asset: NATIVE,
  amount: undefined,
  paymentKey: { kind: "hash", key: word(0x11) },
  payee: bob.publicHex,
  created: 1_800_000_000n,
  expiry: 1_800_003_600n,
  margin: 3_600n,
  secret: word(0x5e),
  description: "",
  hints: [],
};

export const HINT: RouteHint = {
  channelId: word(0xc1) as ChannelId,
  from: ingrid.publicHex,
  to: bob.publicHex,
  feeBase: 1_000n,
  feeMillionths: 250n,
};

/** Something of everything. */
export const FULL: Invoice = {
  ...SMALL,
  deployment: { ...SMALL.deployment, chainId: 11_155_111n },
  asset: toAddress(`0x${"a5".repeat(20)}`),
  amount: 25_000_000_000_000_000n,
  paymentKey: { kind: "point", key: hex(person(0x77).publicKey.subarray(1)) },
  description: "Kaffee ☕ und Kuchen",
  hints: [{ ...HINT, from: carol.publicHex, to: ingrid.publicHex }, HINT],
};

/** As much of everything as there can be. */
export const LARGEST: Invoice = {
  ...FULL,
  deployment: { ...FULL.deployment, chainId: 2n ** 64n - 1n },
  amount: 2n ** 128n - 1n,
  created: 2n ** 47n - 1n,
  expiry: 2n ** 48n - 1n,
  margin: 2n ** 32n - 1n,
  description: "x".repeat(200),
  hints: Array.from({ length: 8 }, () => ({
    ...HINT,
    to: carol.publicHex,
    feeBase: 2n ** 128n - 1n,
    feeMillionths: 2n ** 32n - 1n,
  })),
};

/** The texts that these have had from the start. */
export const GOLDEN: readonly [string, Invoice, string][] = [
  [
    "a small one",
    SMALL,
    "sluice1qyqqrtdd4kk6mtdd4kk6mtdd4kk6mtdd4kk66qq3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyp268gzlwqycxxlxs6thr39j62pypgjceqndkrh8yxeadr8ql7aas5q5jna5p5srjgpchj7te09uhj7te09uhj7te09uhj7te09uhj7te09uhj7te09uhj7qqqz2t7p4mkhh8y5rv9cvft0n99ntzsrc70hnwlk43p2qpql3rhmqt3eyajy6kszknneq0vjcd5n45kn7h8cj0582fcvpeefjjdgr5j2fqhj96ne",
  ],
  [
    "a full one",
    FULL,
    "sluice1qyp60mdgqkk6mtdd4kk6mtdd4kk6mtdd4kk6mtdd4kj6tfd95kj6tfd95kj6tfd95kj6tfd95kqgpz4mux4mgtrevt29kw8ghnuzl2804ppj5q0jpjd98cjv05l3rhce0juwwzfxmgp268gzlwqycxxlxs6thr39j62pypgjceqndkrh8yxeadr8ql7aas5q5jna5p5srjgpchj7te09uhj7te09uhj7te09uhj7te09uhj7te09uhj7te09uhj7z49kzenxv4jjpc5cj5s82mnyyp9h2cmgv4hq9swpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpqtku72h28tgllh6qgv2lqg6gnhhdj9gfnsf5falaswzt2cmah4qxjqhy6fy5fmv500p5a52w5jewqca2yl4a3kn9s4m6ycl4tf33clm9dt5q07spc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qs9exjf9zwm9rmcd8dzn4yktsx8238a0vd5ev9w73x8a26vvw87et2qr5q07sp5t02x67jp30l7vy5ukr04dmvqu5k0ev2u3mlzg9c0xnhf2d2ma5pezzhfw5uqyk6hdtjsvgmphun0x9t7z59qdtpyvqn2x6ruua67kqm0pujj",
  ],
];

/** The bytes in an invoice's text, and the text of bytes. */
export const bytesOf = (text: string): Uint8Array => bech32m.decodeToBytes(text).bytes;
export const textOf = (bytes: Uint8Array): string => bech32m.encode("sluice", bech32m.toWords(bytes), false);

/** A text with any content, signed by anybody. */
export function signedText(content: Uint8Array, { deployment }: Invoice = SMALL, { sign }: Person = bob): string {
  const { r, vs } = sign(invoiceDigest(deployment, content));
  const signature = Buffer.from(r.slice(2) + vs.slice(2), "hex");
  signature[32]! &= 0x7f;
  return textOf(concatBytes(content, signature));
}

const uint = (bits: number, min = 0n) => fc.bigInt({ min, max: 2n ** BigInt(bits) - 1n });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(hex);
const address = bytes(20).map(toAddress);
const publicKey = fc.integer({ min: 1, max: 254 }).map((byte) => person(byte).publicHex);
const hint = fc.record({
  channelId: bytes(32) as fc.Arbitrary<ChannelId>,
  from: publicKey,
  to: fc.oneof(publicKey, fc.constant(bob.publicHex)),
  feeBase: uint(128),
  feeMillionths: uint(32),
});

/** Every invoice that Bob can write. */
export const invoice: fc.Arbitrary<Invoice> = fc
  .record({
    deployment: fc.record({ chainId: uint(64, 1n), adjudicator: address }),
    asset: fc.oneof(fc.constant(NATIVE), address),
    amount: fc.option(uint(128, 1n), { nil: undefined }),
    paymentKey: fc.oneof(
      fc.record({ kind: fc.constant("hash" as const), key: bytes(32) }),
      fc.record({ kind: fc.constant("point" as const), key: publicKey.map((key): Hex => `0x${key.slice(4)}`) }),
    ),
    payee: fc.constant(bob.publicHex),
    created: uint(47),
    lifetime: uint(47, 1n),
    margin: uint(32),
    secret: bytes(32),
    description: fc
      .string({ unit: "grapheme", maxLength: 40 })
      .filter((text) => !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= 200),
    hints: fc.array(hint, { maxLength: 8 }),
  })
  .map(({ lifetime, ...rest }) => ({ ...rest, expiry: rest.created + lifetime }));
