import { secp256k1 } from "@noble/curves/secp256k1";
import { bytesToNumberBE, concatBytes, numberToBytesBE } from "@noble/curves/utils";
import { expect } from "chai";
import fc from "fast-check";
import { NATIVE, SluiceError, toAddress, type Address, type Hex } from "../../../src";
import { createInvoice, MAX_INVOICE_LENGTH, parseInvoice, requirePayable, type Invoice } from "../../../src/payments";
import { runs, USUAL_RUNS } from "../../properties/runs";
import { refusal } from "../wire/refusal";
import { bytesOf, FULL, GOLDEN, HINT, invoice, LARGEST, signedText, SMALL, textOf } from "./invoices";
import { bob, carol, mallory } from "./people";

const write = (fields: Invoice): string => createInvoice(fields, bob.sign);
const contentOf = (text: string): Uint8Array => bytesOf(text).subarray(0, -64);

function expectNoInvoice(text: string): void {
  const error = refusal(() => parseInvoice(text));
  expect(error).to.include({ code: "INVOICE_INVALID" });
  expect(error.remedy).to.match(/^Nothing was paid/);
}

/** As {@link expectNoInvoice}, for a great many texts. */
function isRefused(text: string): boolean {
  try {
    parseInvoice(text);
    return false;
  } catch (error) {
    return error instanceof SluiceError && error.code === "INVOICE_INVALID";
  }
}

describe("the text of an invoice", () => {
  for (const [name, fields, text] of GOLDEN) {
    it(`has not changed for ${name}`, () => {
      expect(write(fields)).to.equal(text);
      expect(parseInvoice(text)).to.deep.equal(fields);
    });
  }

  it("says what the payee meant, in capitals as well", () => {
    fc.assert(
      fc.property(invoice, (fields) => {
        const text = write(fields);
        expect(parseInvoice(text)).to.deep.equal(fields);
        expect(parseInvoice(text.toUpperCase())).to.deep.equal(fields);
      }),
      runs(50),
    );
  });

  // characters in a QR code of letters and digits, by version (size) and level (what may be damaged)
  it("fits a QR code", () => {
    expect(write(SMALL)).to.have.length.at.most(335); // version 9, 7 %
    expect(write({ ...FULL, hints: [] })).to.have.length.at.most(468); // version 11, 7 %
    expect(write(FULL)).to.have.length.at.most(758); // version 15, 7 %
    expect(write(LARGEST)).to.have.length(MAX_INVOICE_LENGTH).at.most(2_420); // version 40, 25 %
  });

  it("does not depend on the case of hex", () => {
    const shout = <T extends Hex>(value: T) => value.toUpperCase().replace("0X", "0x") as T;
    const hints = [{ ...HINT, to: shout(HINT.to), from: shout(HINT.from) }];
    const loud = { ...SMALL, payee: shout(SMALL.payee), secret: shout(SMALL.secret), hints };
    expect(write(loud)).to.equal(write({ ...SMALL, hints: [HINT] }));
  });
});

describe("an invoice that was changed", () => {
  const text = write({ ...FULL, hints: [] });
  const characters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l".split("");

  it("is refused whichever character is another one, or missing", () => {
    const accepted: string[] = [];
    for (let i = 0; i < text.length; i++) {
      for (const other of [...characters, "1", "b", " ", text[i]!.toUpperCase(), ""]) {
        const changed = text.slice(0, i) + other + text.slice(i + 1);
        if (changed !== text && !isRefused(changed)) accepted.push(changed);
      }
    }
    expect(accepted).to.deep.equal([]);
  });

  it("is refused with a letter that only looks like one of its own", () => {
    const kelvin = "\u212a"; // its small letter is k
    expectNoInvoice(text.toUpperCase().replace("K", kelvin));
    expectNoInvoice(text.replace("k", kelvin));
    expectNoInvoice(text.replace("sluice", "\u017fluice")); // its capital is S
  });

  it("is refused with a character too many, or with two of them exchanged", () => {
    for (let i = 0; i <= text.length; i++) {
      for (const more of ["q", "p", "1", " "]) expectNoInvoice(text.slice(0, i) + more + text.slice(i));
      const [a = "", b = ""] = text.slice(i, i + 2);
      if (b !== "" && a !== b) expectNoInvoice(text.slice(0, i) + b + a + text.slice(i + 2));
    }
  });

  it("is refused whichever bit is changed, though the checksum is right", () => {
    const bytes = bytesOf(text);
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const changed = bytes.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expectNoInvoice(textOf(changed));
      }),
      runs(USUAL_RUNS),
    );
  });

  it("is refused with the other s of its signature", () => {
    const bytes = bytesOf(text);
    const s = secp256k1.Point.Fn.neg(bytesToNumberBE(bytes.subarray(-32)));
    expectNoInvoice(textOf(concatBytes(bytes.subarray(0, -32), numberToBytesBE(s, 32))));
    const parity = bytes.slice();
    parity[parity.length - 32]! |= 0x80;
    expectNoInvoice(textOf(parity));
  });

  it("is refused with a signature of nothing", () => {
    expectNoInvoice(textOf(concatBytes(bytesOf(text).subarray(0, -64), new Uint8Array(64))));
  });
});

describe("a text from Mallory", () => {
  const content = contentOf(write(SMALL));
  const at = (position: number, ...bytes: number[]) =>
    concatBytes(content.subarray(0, position), Uint8Array.from(bytes), content.subarray(position + 1));
  const hintAt = content.length; // behind the number of hints
  const hinted = contentOf(write({ ...SMALL, hints: [HINT] }));
  const toAt = hintAt + 32 + 33;
  const nativeToken = contentOf(write({ ...SMALL, asset: toAddress(`0x${"a5".repeat(20)}`) })).fill(0, 23, 43);

  const TEXTS: [string, string][] = [
    ["nothing", ""],
    ["a prefix alone", "sluice1"],
    ["another prefix", write(SMALL).replace("sluice", "slu1ce")],
    ["white space around it", ` ${write(SMALL)}\n`],
    ["both cases", write(SMALL).replace("sluice1", "SLUICE1")],
    ["no content", signedText(new Uint8Array(0))],
    ["content of another version", signedText(at(0, 2))],
    ["flags that there are not", signedText(at(1, 4))],
    ["the native coin written as a token", signedText(nativeToken)],
    ["no chain", signedText(at(2, 0), { ...SMALL, deployment: { ...SMALL.deployment, chainId: 0n } })],
    ["a number in more bytes than it takes", signedText(at(2, 0x81, 0x00))],
    ["a number without an end", signedText(at(2, ...Array<number>(40).fill(0x80)))],
    ["no time to pay", signedText(contentWithLifetime(0))],
    ["a hash that is said to be a point", signedText(at(1, 1))],
    ["more hints than there may be", signedText(at(content.length - 1, 9))],
    ["hints that are missing", signedText(at(content.length - 1, 1))],
    ["something behind its end", signedText(concatBytes(content, Uint8Array.of(0)))],
    [
      "the payee named twice",
      signedText(concatBytes(hinted.subarray(0, toAt), bob.publicKey, hinted.subarray(toAt + 1))),
    ],
    [
      "a hint to nobody",
      signedText(concatBytes(hinted.subarray(0, toAt), new Uint8Array(33).fill(5), hinted.subarray(toAt + 1))),
    ],
    ["a description that is no text", signedText(concatBytes(content.subarray(0, -2), Uint8Array.of(1, 0xff, 0)))],
    [
      "a description written in too many bytes",
      signedText(concatBytes(content.subarray(0, -2), Uint8Array.of(2, 0xc1, 0x81, 0))),
    ],
    [
      "a description that moves the cursor",
      signedText(concatBytes(content.subarray(0, -2), Uint8Array.of(1, 0x1b, 0))),
    ],
    [
      "a description that is too long",
      signedText(
        concatBytes(content.subarray(0, -2), Uint8Array.of(0xc9, 1), new Uint8Array(201).fill(97), Uint8Array.of(0)),
      ),
    ],
    ["somebody else's signature", signedText(content, SMALL, mallory)],
    ["a signature for another deployment", signedText(content, FULL)],
  ];

  function contentWithLifetime(seconds: number): Uint8Array {
    const start = content.length - 2 - 32 - 2 - 2; // lifetime and margin have two bytes each
    return concatBytes(content.subarray(0, start), Uint8Array.of(seconds), content.subarray(start + 2));
  }

  for (const [what, text] of TEXTS) {
    it(`is refused with ${what}`, () => expectNoInvoice(text));
  }

  it("is not even read when it is longer than any invoice", () => {
    const text = write(LARGEST);
    expect(refusal(() => parseInvoice(`${text}q`)).summary).to.contain("too long");
  });

  it("is what was signed here only if it is not changed", () => {
    expect(parseInvoice(signedText(content))).to.deep.equal(SMALL);
    expect(parseInvoice(signedText(hinted))).to.deep.equal({ ...SMALL, hints: [HINT] });
  });

  it("is refused or understood in one way when its bytes are random", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.nat(content.length), fc.uint8Array({ maxLength: 100 }))
        .map(([kept, tail]) => concatBytes(content.subarray(0, kept), tail)),
    );
    fc.assert(
      fc.property(bytes, (random) => {
        const text = signedText(random);
        let read;
        try {
          read = parseInvoice(text);
        } catch (error) {
          expect(error).to.be.instanceOf(SluiceError).and.to.include({ code: "INVOICE_INVALID" });
          return;
        }
        expect(write(read)).to.equal(text);
      }),
      runs(USUAL_RUNS),
    );
  });
});

describe("writing an invoice", () => {
  const hash = SMALL.paymentKey.key;
  const FIELDS: [string, Partial<Invoice>, string?][] = [
    ["an amount of nothing", { amount: 0n }],
    ["less than nothing", { amount: -1n }],
    ["an amount beyond what locks hold", { amount: 2n ** 128n }],
    ["no chain", { deployment: { ...SMALL.deployment, chainId: 0n } }],
    ["a chain beyond numbers of chains", { deployment: { ...SMALL.deployment, chainId: 2n ** 64n } }],
    ["no adjudicator", { deployment: { chainId: 1n, adjudicator: "0x12" as Address } }, "ADDRESS_INVALID"],
    ["no asset", { asset: "0x" as Address }, "ADDRESS_INVALID"],
    ["a key that is too short", { paymentKey: { kind: "hash", key: "0x12" } }, "HEX_INVALID"],
    ["a key that is no point", { paymentKey: { kind: "point", key: `0x${"ff".repeat(32)}` } }],
    ["a point that is too long", { paymentKey: { kind: "point", key: bob.publicHex } }],
    ["a payee that is no key", { payee: `0x${"02".repeat(20)}` }],
    ["a payee that is no point", { payee: `0x05${hash.slice(2)}` }],
    ["a payee that did not sign", { payee: carol.publicHex }],
    ["an end before its start", { expiry: SMALL.created - 1n }],
    ["an end at its start", { expiry: SMALL.created }],
    ["a start before time", { created: -1n }],
    ["an end beyond time", { expiry: 2n ** 48n }],
    ["too great a margin", { margin: 2n ** 32n }],
    ["a short secret", { secret: "0x5e" }, "HEX_INVALID"],
    ["a description that is too long", { description: "é".repeat(101) }],
    ["half a character", { description: "\ud83d" }],
    ["a new line", { description: "a\nb" }],
    ["too many hints", { hints: Array(9).fill(HINT) }],
    ["a hint from nobody", { hints: [{ ...HINT, from: hash }] }],
    ["a hint to nobody", { hints: [{ ...HINT, to: "0x00" }] }],
    ["a fee below nothing", { hints: [{ ...HINT, feeBase: -1n }] }],
    ["a fee beyond numbers", { hints: [{ ...HINT, feeMillionths: 2n ** 32n }] }],
  ];

  for (const [what, fields, code = "INVOICE_INVALID"] of FIELDS) {
    it(`is refused with ${what}`, () => {
      expect(refusal(() => write({ ...SMALL, ...fields }))).to.include({ code });
    });
  }
});

describe("paying an invoice", () => {
  const { deployment, expiry } = SMALL;

  it("is allowed to the last second", () => {
    requirePayable(SMALL, deployment, expiry);
    expect(refusal(() => requirePayable(SMALL, deployment, expiry + 1n))).to.include({ code: "INVOICE_EXPIRED" });
  });

  it("is refused on another chain or adjudicator", () => {
    for (const here of [
      { ...deployment, chainId: 2n },
      { ...deployment, adjudicator: NATIVE },
    ]) {
      expect(refusal(() => requirePayable(SMALL, here, 0n))).to.include({ code: "INVOICE_FOREIGN" });
    }
  });
});
