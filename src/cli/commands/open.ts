import type { OpenRequest } from "../../node/api";
import { toAddress } from "../../protocol/types";
import { parseAmount, parseUnit, type Unit } from "../amounts";
import { argumentInvalid, parseDuration, parsePeer } from "../arguments";
import { describeChannels } from "../describe";
import { collect, PEER, withUnit, type UnitOptions } from "../options";
import { waitFor } from "../progress";
import { findChannel, nodeOf, type Cli } from "../session";
import { short } from "../text";
import type { RemoteNode } from "../../rpc/client";

interface Options extends UnitOptions {
  readonly mine: string;
  readonly theirs?: readonly string[];
  readonly peerPayout?: readonly string[];
  readonly challengePeriod?: string;
  readonly bond?: string;
  readonly app?: string;
  readonly payments?: boolean;
  readonly authorizations?: boolean;
  readonly ledger?: string;
  readonly wait: boolean;
}

const ETH: Unit = parseUnit("eth", {});

/** `sluice open` */
export function addOpen(cli: Cli): void {
  const example = "open 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC@ws://bob.example:9646 --mine 10 --theirs 5";
  withUnit(cli.command("open", "Open a channel with one or several peers.", example))
    .argument("<peer...>", PEER)
    .option("--mine <amount>", "what I put in", "0")
    .option(
      "--theirs <amount>",
      "what the peer puts in; once for each peer, in their order (default: nothing)",
      collect,
    )
    .option(
      "--peer-payout <address>",
      "where the peer is paid; once for each peer, in their order (default: the account of its key)",
      collect,
    )
    .option("--challenge-period <time>", "time to answer a challenge: 90s, 15m, 12h, 1d (default: that of the node)")
    .option("--bond <eth>", "what a challenger posts, in eth (default: none)")
    .option("--app <address>", "contract with the rules of an app (default: none)")
    .option("--payments", "open a payment channel, or fail (default: if it can be one)")
    .option("--no-payments", "open a channel in which every payment is signed by all")
    .option("--authorizations", "fund by signed transfers (ERC-3009) in one transaction")
    .option("--ledger <channel>", "put an app channel into this channel of the same participants")
    .option("--no-wait", "end when all have signed, before the money has arrived")
    .action(
      cli.action<[string[]], Options>(async (session, [peers], options) => {
        const { signal } = session.io;
        const terms = termsOf(peers, options);
        const node = nodeOf(session);
        const request = { ...terms, ...(await fundingOf(node, options)) };
        const signed = await waitFor(session.io, "the peers to sign", node.open(request, signal));
        const channel = options.wait
          ? await waitFor(session.io, "the deposits on the chain", node.funded(signed.id, signal))
          : signed;
        const text = `Opened ${channel.id}.\n\n${describeChannels([channel])}\n\nPay with \`sluice pay ${short(channel.id)} --amount …\`.`;
        return { json: channel, text };
      }),
    );
}

function termsOf(peers: readonly string[], options: Options): OpenRequest {
  const { mine, theirs = [], peerPayout = [], challengePeriod, bond, app, payments } = options;
  const unit = parseUnit(options.asset, options);
  for (const [name, { length }] of Object.entries({ "--theirs": theirs, "--peer-payout": peerPayout })) {
    if (length > peers.length)
      throw argumentInvalid(`There are more ${name} than peers.`, `Give ${name} once for each peer.`);
  }
  const contribution = (text: string) => {
    const amount = parseAmount(text, unit);
    return amount === 0n ? [] : [{ asset: unit.asset, amount }];
  };
  return {
    peers: peers.map((peer, i) => {
      const payout = peerPayout[i];
      return { ...parsePeer(peer), ...(payout !== undefined && { payout: toAddress(payout) }) };
    }),
    mine: contribution(mine),
    theirs: peers.map((_, i) => contribution(theirs[i] ?? "0")),
    ...(challengePeriod !== undefined && { challengePeriod: parseDuration(challengePeriod) }),
    ...(bond !== undefined && { bond: parseAmount(bond, ETH) }),
    ...(app !== undefined && { app: toAddress(app) }),
    ...(payments !== undefined && { payments }),
  };
}

async function fundingOf(node: RemoteNode, { authorizations, ledger }: Options): Promise<Pick<OpenRequest, "funding">> {
  if (authorizations && ledger !== undefined) {
    throw argumentInvalid("There are two ways of funding.", "Give either --authorizations or --ledger.");
  }
  if (ledger !== undefined) return { funding: { ledger: await findChannel(node, ledger) } };
  return authorizations ? { funding: "authorizations" } : {};
}
