import { concatBytes } from "@noble/curves/utils";
import { expect } from "chai";
import fc from "fast-check";
import {
  AREA_SIZE,
  createOnion,
  MAX_FINAL_SIZE,
  MAX_FORWARD_SIZE,
  ONION_SIZE,
  peelOnion,
  type Onion,
  type OnionHop,
} from "../../../../src/payments";
import { authenticate, deriveKey, obscure } from "../../../../src/payments/onion/keys";
import { runs, USUAL_RUNS } from "../../../properties/runs";
import { refusal } from "../../wire/refusal";
import { mallory } from "../people";
import { onionFor, PAYMENT, peel, peelAll, routeOf, SESSION_KEY } from "./routes";

function expectRefused(act: () => unknown): void {
  const error = refusal(act);
  expect(error).to.include({ code: "ONION_INVALID" });
  expect(error.remedy).to.match(/^Nothing was forwarded/);
}

/** A packet for one hop whose frame starts with other bytes, as only the payer can make it. */
function withFrame({ packet, sharedSecrets }: Onion, start: Uint8Array): Uint8Array {
  const secret = sharedSecrets[0]!;
  const frame = obscure(deriveKey("rho", secret), packet.subarray(34, -32));
  frame.set(start);
  const area = obscure(deriveKey("rho", secret), frame);
  return concatBytes(packet.subarray(0, 34), area, authenticate(deriveKey("mu", secret), area, PAYMENT));
}

describe("an onion", () => {
  for (let hops = 1; hops <= 20; hops++) {
    it(`gives ${hops} hops a payload each, and looks the same to all`, () => {
      const route = routeOf(hops);
      const onion = onionFor(route);
      const peeled = peelAll(route, onion);
      expect(peeled.map(({ payload }) => payload)).to.deep.equal(route.payloads);
      expect(peeled.map(({ sharedSecret }) => sharedSecret)).to.deep.equal(onion.sharedSecrets);
      const packets = [onion.packet, ...peeled.slice(0, -1).map(({ next }) => next!)];
      expect(new Set(packets.map(({ length }) => length))).to.deep.equal(new Set([ONION_SIZE]));
      expect(peeled[hops - 1]!.next).to.equal(undefined);
    });
  }

  it("has room for 20 hops with the longest payloads, and for no byte more", () => {
    const longest = (hop: number) => (hop === 19 ? MAX_FINAL_SIZE : MAX_FORWARD_SIZE);
    const route = routeOf(20, longest);
    expect(peelAll(route, onionFor(route)).map(({ payload }) => payload)).to.deep.equal(route.payloads);
    const more = routeOf(20, (hop) => longest(hop) + (hop === 7 ? 1 : 0));
    expect(refusal(() => onionFor(more))).to.include({ code: "ROUTE_INVALID" });
  });

  it("carries payloads of every length up to its own", () => {
    const longest = AREA_SIZE - 3 - 32; // behind a length of three bytes, before an HMAC
    for (const size of [0, 1, 252, 253, 254, 255, 256, 257, longest]) {
      const route = routeOf(1, () => size);
      expect(peelAll(route, onionFor(route))[0]!.payload).to.deep.equal(route.payloads[0]);
    }
    for (const size of [longest + 1, 65_535, 65_536, 65_545]) {
      expect(refusal(() => onionFor(routeOf(1, () => size)))).to.include({ code: "ROUTE_INVALID" });
    }
  });

  it("shares no stretch of bytes with the packet that the next hop gets", () => {
    const route = routeOf(3);
    const onion = onionFor(route);
    const packets = [onion.packet, ...peelAll(route, onion).flatMap(({ next }) => next ?? [])];
    const words = packets.flatMap((packet) =>
      Array.from({ length: ONION_SIZE - 8 }, (_, i) => Buffer.from(packet.subarray(i, i + 8)).toString("hex")),
    );
    expect(new Set(words).size).to.equal(words.length);
  });

  it("is refused by everybody but the hop whose turn it is", () => {
    const route = routeOf(3);
    const [first, second] = route.people;
    const { packet } = onionFor(route);
    const { next } = peel(packet, first!);
    for (const hop of [second!, mallory]) expectRefused(() => peel(packet, hop));
    for (const hop of [first!, mallory]) expectRefused(() => peel(next!, hop));
  });

  it("is refused for another payment", () => {
    const route = routeOf(2);
    const { packet } = onionFor(route);
    for (const other of [PAYMENT.map((byte) => byte ^ 1), PAYMENT.subarray(1), new Uint8Array(0)]) {
      expectRefused(() => peel(packet, route.people[0]!, other));
    }
  });

  it("is refused at each hop when any byte of it is another one", () => {
    const route = routeOf(4);
    const onion = onionFor(route);
    const packets = [onion.packet, ...peelAll(route, onion).flatMap(({ next }) => next ?? [])];
    const flip = fc.record({ hop: fc.nat(3), at: fc.nat(ONION_SIZE - 1), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(flip, ({ hop, at, by }) => {
        const changed = packets[hop]!.slice();
        changed[at]! ^= by;
        expectRefused(() => peel(changed, route.people[hop]!));
      }),
      runs(5 * USUAL_RUNS),
    );
  });

  it("is refused whichever bit of its header or checksum is changed", () => {
    const route = routeOf(1);
    const { packet } = onionFor(route);
    const places = [...Array(34).keys(), ...Array.from({ length: 32 }, (_, i) => ONION_SIZE - 32 + i)];
    for (const at of places) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = packet.slice();
        changed[at]! ^= 1 << bit;
        expectRefused(() => peel(changed, route.people[0]!));
        if (bit === 0) expectRefused(() => peelOnion(changed, route.people[0]!.privateKey, PAYMENT)); // and without native code
      }
    }
  });

  it("is refused in another size", () => {
    const route = routeOf(1);
    const { packet } = onionFor(route);
    for (const other of [new Uint8Array(0), packet.subarray(1), new Uint8Array([...packet, 0])]) {
      expectRefused(() => peel(other, route.people[0]!));
    }
  });

  it("is refused when the payer put nothing that can be read in it", () => {
    const route = routeOf(1);
    const onion = onionFor(route);
    expect(peel(withFrame(onion, Uint8Array.of(7)), route.people[0]!).payload).to.have.length(7);
    for (const prefix of [
      [0xfd, 0, 1],
      [0xfd, 0, 0xfc],
      [0xfd, 0xff, 0xff],
      [0xfe, 0, 0],
      [0xff, 0, 0],
    ]) {
      const packet = withFrame(onion, Uint8Array.from(prefix));
      expectRefused(() => peel(packet, route.people[0]!));
    }
  });
});

describe("making an onion", () => {
  const hops: OnionHop[] = routeOf(2).people.map(({ publicKey }) => ({ publicKey, payload: new Uint8Array(55) }));

  it("is refused without hops", () => {
    expect(refusal(() => createOnion([], SESSION_KEY, PAYMENT))).to.include({ code: "ROUTE_INVALID" });
  });

  it("is refused for hops whose key is none", () => {
    for (const publicKey of [new Uint8Array(0), new Uint8Array(33).fill(5), new Uint8Array(33).fill(2, 0, 1)]) {
      const error = refusal(() => createOnion([hops[0]!, { ...hops[1]!, publicKey }], SESSION_KEY, PAYMENT));
      expect(error).to.include({ code: "ROUTE_INVALID" });
      expect(error.summary).to.contain("hop 1");
    }
  });

  it("is refused with a session key that is none", () => {
    for (const key of [
      new Uint8Array(0),
      new Uint8Array(32),
      new Uint8Array(32).fill(255),
      new Uint8Array(31).fill(1),
      new Uint8Array(33).fill(1),
    ]) {
      expect(refusal(() => createOnion(hops, key, PAYMENT))).to.include({ code: "KEY_INVALID" });
    }
  });
});
