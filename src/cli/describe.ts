/** What the node answers, in words. */
import type { Change } from "../engine/change";
import type { ChannelDetails, ChannelProposal, ChannelSummary, NodeEvent, NodeInfo } from "../node/api";
import type { RecordView } from "../ports/chain";
import { destinationAccount } from "../protocol/destination";
import { FINAL_VERSION, NATIVE, type Address, type AssetOutcome, type Destination } from "../protocol/types";
import { formatAmount } from "./amounts";
import { formatDuration } from "./arguments";
import { list, short, table } from "./text";

const NO_CHANGE: Change = { transfers: [], final: false };

type Amounts = readonly { readonly asset: Address; readonly amount: bigint }[];

/** Amounts of several assets in a line. */
export function describeAmounts(amounts: Amounts): string {
  return amounts.length === 0 ? "nothing" : amounts.map(({ asset, amount }) => formatAmount(amount, asset)).join(", ");
}

/** A version; the last one has a name, because its number says nothing. */
export function describeVersion(version: bigint | undefined): string {
  if (version === undefined) return "–";
  return version === FINAL_VERSION ? "final" : version.toString();
}

/** Channels, one in a line. */
export function describeChannels(channels: readonly ChannelSummary[]): string {
  if (channels.length === 0) return "There are no channels. Open one with `sluice open`.";
  return table([
    ["CHANNEL", "PHASE", "PEERS", "ONLINE", "VERSION", "MINE"],
    ...channels.map(({ id, phase, peers, online, version, mine }) => [
      short(id),
      phase,
      peers.map(short).join(" "),
      online ? "yes" : "no",
      describeVersion(version),
      describeAmounts(mine),
    ]),
  ]);
}

/** Channels that peers propose, one in a line. */
export function describeProposals(proposals: readonly ChannelProposal[]): string {
  return table([
    ["PROPOSED", "FROM", "I PUT IN", "TO ANSWER", "BOND"],
    ...proposals.map(({ id, from, mine, terms }) => [
      short(id),
      from,
      describeAmounts(mine),
      formatDuration(terms.challengePeriod),
      formatAmount(terms.bond, NATIVE),
    ]),
  ]);
}

/** Everything about a channel. */
export function describeChannel(channel: ChannelDetails): string {
  const { id, phase, online, version, terms, self, outcome, held, onChain, funding, questions } = channel;
  return list([
    ["channel", id],
    ["phase", `${phase}, ${online ? "all peers online" : "peers offline"}`],
    ["participants", terms.participants.map((address, i) => `${i}  ${address}${i === self ? "  (this node)" : ""}`)],
    ["version", describeVersion(version)],
    ["shares", describeOutcome(outcome)],
    ["held", describeAmounts(held)],
    ["on the chain", describeRecord(onChain)],
    ["to answer", formatDuration(terms.challengePeriod)],
    ["bond", formatAmount(terms.bond, NATIVE)],
    ["app", terms.app === NATIVE ? "none" : terms.app],
    ["funding", funding.kind],
    ["questions", questions.length === 0 ? "none" : questions.map((question, i) => describeQuestion(question, i))],
  ]);
}

/** A change that another participant wants. */
export function describeQuestion({ from, change }: ChannelDetails["questions"][number], index: number): string {
  return `${index}  participant ${from} wants to ${describeChange(change)}`;
}

/** What a change does. */
export function describeChange({ transfers, appData, final }: Change): string {
  const parts = transfers.map(
    ({ asset, amount, from, to }) => `move ${formatAmount(amount, asset)} from ${owner(from)} to ${owner(to)}`,
  );
  if (appData !== undefined) parts.push(`set the app's data to ${appData}`);
  if (final) parts.push("close the channel");
  return parts.join(", ");
}

/** An event in a line. */
export function describeEvent(event: NodeEvent): string {
  const subject = "channelId" in event ? short(event.channelId) : "";
  return [event.sequence.toString().padStart(6), event.type.padEnd(12), subject.padEnd(10), detailOf(event)]
    .join("  ")
    .trimEnd();
}

/** Who the node is. */
export function describeInfo({ address, chainId, adjudicator, block, listening, peers, channels }: NodeInfo): string {
  return list([
    ["address", address],
    ["chain", `${chainId}, block ${block ?? "unknown: no endpoint answers"}`],
    ["adjudicator", adjudicator],
    ["listening", listening ?? "no; it only dials"],
    [
      "peers",
      peers.length === 0 ? "none" : peers.map((peer) => `${peer.address}  ${peer.connected ? "" : "not "}connected`),
    ],
    ["channels", channels.toString()],
  ]);
}

function detailOf(event: NodeEvent): string {
  switch (event.type) {
    case "updated":
      return [`version ${describeVersion(event.state.version)}`, describeChange(event.change ?? NO_CHANGE)]
        .filter((part) => part !== "")
        .join(": ");
    case "moved":
      return `version ${describeVersion(event.state.version)} by participant ${event.by}`;
    case "asked":
      return `participant ${event.from} wants to ${describeChange(event.change)}; see \`sluice answer\``;
    case "refused":
      return `${event.reason}: ${event.text}`;
    case "disputed":
      return `version ${describeVersion(event.registered)} is on the chain; this node has ${describeVersion(event.mine)}`;
    case "leaving":
      return event.why;
    case "unprovable":
      return `it was settled with locks in ${event.asset} that are not known here`;
    case "proposed":
      return `by ${event.from}; see \`sluice answer\``;
    case "connected":
    case "disconnected":
      return event.peer;
    case "alarm":
      return `${event.code}: ${event.message}`;
    default:
      return "";
  }
}

function describeOutcome(outcome: readonly AssetOutcome[]): string[] {
  const lines = outcome.flatMap(({ asset, allocations }) =>
    allocations.map(({ destination, amount }) => `${formatAmount(amount, asset)} to ${owner(destination)}`),
  );
  return lines.length === 0 ? ["nothing"] : lines;
}

function describeRecord(record: RecordView): string {
  switch (record.kind) {
    case "none":
      return "no dispute";
    case "paid":
      return "closed by agreement, all paid";
    case "final":
      return record.owed.some((amount) => amount > 0n) ? "final, not all paid yet" : "final, all paid";
    case "dispute": {
      const { version, finalizesAt } = record.dispute;
      const until =
        finalizesAt === 0n ? "no clock runs" : `final at ${new Date(Number(finalizesAt) * 1000).toISOString()}`;
      return `dispute: version ${describeVersion(version)}, ${until}`;
    }
  }
}

function owner(destination: Destination): string {
  return destinationAccount(destination) ?? short(destination);
}
