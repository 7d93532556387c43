import fc from "fast-check";
import type { Change } from "../../../../src/engine/change";
import type { ChannelRecord } from "../../../../src/engine/channel";
import type { Message, RejectReason } from "../../../../src/engine/messages";
import type { ChannelEvent } from "../../../../src/engine/step";
import {
  FINAL_VERSION,
  type CompactSignature,
  type Destination,
  type Hex,
  type State,
} from "../../../../src/protocol/types";
import { NATIVE } from "../../../../src/protocol/types";
import { TOKEN } from "./world";

const version = fc.oneof(
  fc.bigInt(-1n, 6n),
  fc.constantFrom(FINAL_VERSION, FINAL_VERSION + 1n, FINAL_VERSION - 1n, 999n),
);
const bytes = fc.constantFrom<Hex>("0x", "0x01", `0x${"00".repeat(224)}`, `0x${"5a".repeat(64)}`);
const signature = fc
  .tuple(fc.constantFrom("00", "11", "ff"), fc.constantFrom("00", "22", "ff"))
  .map(([r, vs]): CompactSignature => ({ r: `0x${r.repeat(32)}`, vs: `0x${vs.repeat(32)}` }));

/** Anything that a peer, an application or the chain can say about a channel, in the right form and mostly wrong. */
export function anyEvent(record: ChannelRecord): fc.Arbitrary<ChannelEvent> {
  const channelId = record.id;
  const destination = fc.constantFrom<Destination>(...record.destinations, `0x${"77".repeat(32)}` as Destination);
  const transfer = fc.record({
    asset: fc.constantFrom(NATIVE, TOKEN),
    from: destination,
    to: destination,
    amount: fc.constantFrom(0n, 1n, 60n, 10_000n, 2n ** 256n),
  });
  const change: fc.Arbitrary<Change> = fc
    .tuple(fc.array(transfer, { maxLength: 3 }), fc.boolean(), fc.option(bytes, { nil: undefined }))
    .map(([transfers, final, appData]) => ({ transfers, final, ...(appData === undefined ? {} : { appData }) }));
  const outcome = fc.constantFrom<Hex>(record.opening.outcome, "0x", "0x1234");
  const state: fc.Arbitrary<State> = fc.record({ version, outcome, appData: bytes });
  const signatures = fc.array(signature, { maxLength: 3 });
  const text = fc.constantFrom("", "No.", "x".repeat(200));
  const reason = fc.constantFrom<RejectReason>(
    "UNKNOWN_CHANNEL",
    "CHANGE_REFUSED",
    "VERSION_USED",
    "NOT_OPEN",
    "NO_TURN",
  );
  const id = fc.nat(4);
  const answered = fc.array(fc.nat(3), { maxLength: 3 });
  const { terms, destinations, opening, funding } = record;
  const propose = fc.record({
    type: fc.constant("propose" as const),
    channelId: fc.constant(channelId),
    base: version,
    version,
    change,
  });
  const message: fc.Arbitrary<Message> = fc.oneof(
    propose,
    fc
      .record({ signature, version, base: version, change })
      .map((rest) => ({ type: "sign" as const, channelId, ...rest })),
    fc.record({ id, change }).map((rest) => ({ type: "request" as const, channelId, ...rest })),
    fc.record({ state, signatures, answered }).map((rest) => ({ type: "commit" as const, channelId, ...rest })),
    fc
      .record({ state, signatures, answered, next: propose })
      .map((rest) => ({ type: "commit" as const, channelId, ...rest })),
    fc.record({ state, signature }).map((rest) => ({ type: "move" as const, channelId, ...rest })),
    fc.record({ version, reason, text }).map((rest) => ({ type: "reject" as const, channelId, ...rest })),
    fc.record({ request: id, reason, text }).map((rest) => ({ type: "reject" as const, channelId, ...rest })),
    fc
      .record({ agreed: version, newest: version, ask: fc.boolean() })
      .map((rest) => ({ type: "sync" as const, channelId, ...rest })),
    signature.map((one) => ({ type: "open" as const, channel: terms, destinations, opening, funding, signature: one })),
    fc.constant({ type: "authorize" as const, channelId, authorizations: [] }),
  );
  const peer = 1 - record.self;
  return fc.oneof(
    { weight: 8, arbitrary: message.map((one) => ({ type: "message" as const, from: peer, message: one })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<ChannelEvent>({ type: "connected", peer }, { type: "disconnected", peer }),
    },
    { weight: 1, arbitrary: change.map((one) => ({ type: "wish" as const, change: one })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(change, fc.boolean())
        .map(([one, accept]) => ({ type: "answer" as const, change: one, accept })),
    },
    { weight: 1, arbitrary: state.map((one) => ({ type: "move" as const, state: one, ticket: undefined })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<ChannelEvent>({ type: "tick" }, { type: "related" }, { type: "done", id: "x" }),
    },
  );
}
