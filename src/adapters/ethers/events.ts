import { Adjudicator__factory } from "../../bindings";
import { FINAL_VERSION, NATIVE, type Address, type Destination, type State } from "../../protocol/types";
import type { RpcLog } from "./shapes";

/** What a log tells of a destination. A channel's destination is its id. */
export type ChannelEvent =
  /** Money came, and went if `amount` is negative. */
  | { readonly kind: "moved"; readonly asset: Address; readonly amount: bigint }
  | { readonly kind: "bonded"; readonly challenger: Address; readonly payer: Address; readonly bond: bigint }
  | { readonly kind: "challenged"; readonly finalizesAt: bigint; readonly state: State }
  | { readonly kind: "checkpointed"; readonly state: State }
  | { readonly kind: "concluded"; readonly state: State }
  /** The registered state became final, or paid more of what it owes. */
  | { readonly kind: "final"; readonly owed: readonly bigint[] };

/** An event and where it is. */
export interface Located {
  readonly destination: Destination;
  readonly block: number;
  readonly index: number;
  readonly event: ChannelEvent;
}

const adjudicator = Adjudicator__factory.createInterface();

const NAMES = [
  "NativeDeposited",
  "TokenDeposited",
  "Credited",
  "Debited",
  "BondPosted",
  "Challenged",
  "Checkpointed",
  "Concluded",
  "Settled",
  "Owing",
] as const;

/** By their first topic; to search an interface for it takes longer than to read the rest. */
const EVENTS = new Map(
  NAMES.map((name) => [adjudicator.getEvent(name).topicHash, { name, fragment: adjudicator.getEvent(name) }]),
);

/** The first topics of all logs that count. Bonds that end show as `Credited` on accounts. */
export const TOPICS: readonly string[] = [...EVENTS.keys()];

/**
 * Reads a log that was asked for by {@link TOPICS}.
 * @throws Error for anything else
 */
export function decodeLog(log: RpcLog): Located {
  const known = EVENTS.get(log.topics[0] ?? "");
  if (known === undefined) throw new Error("An endpoint returned a log that was not asked for.");
  const fields = adjudicator.decodeEventLog(known.fragment, log.data, log.topics).toObject() as unknown as Fields;
  const event = eventOf(known.name, fields);
  return { destination: log.topics[1]! as string as Destination, block: log.blockNumber, index: log.logIndex, event };
}

/** The fields of all events together; each has some of them. */
interface Fields extends State {
  readonly amount: bigint;
  readonly asset: Address;
  readonly token: Address;
  readonly challenger: Address;
  readonly payer: Address;
  readonly finalizesAt: bigint;
  readonly owed: Iterable<bigint>;
}

function eventOf(name: (typeof NAMES)[number], fields: Fields): ChannelEvent {
  const { amount, asset, version, outcome, appData } = fields;
  const state = { version, outcome, appData };
  switch (name) {
    case "NativeDeposited":
      return { kind: "moved", asset: NATIVE, amount };
    case "TokenDeposited":
      return { kind: "moved", asset: fields.token, amount };
    case "Credited":
      return { kind: "moved", asset, amount };
    case "Debited":
      return { kind: "moved", asset, amount: -amount };
    case "BondPosted":
      return { kind: "bonded", challenger: fields.challenger, payer: fields.payer, bond: amount };
    case "Challenged":
      return { kind: "challenged", finalizesAt: fields.finalizesAt, state };
    case "Checkpointed":
      return { kind: "checkpointed", state };
    case "Concluded":
      return { kind: "concluded", state: { ...state, version: FINAL_VERSION } };
    case "Settled":
      return { kind: "final", owed: [] };
    case "Owing":
      return { kind: "final", owed: [...fields.owed] };
  }
}
