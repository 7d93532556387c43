import { NATIVE, type Address } from "../protocol/types";
import type { Chain } from "../ports/chain";
import type { ChannelState } from "../engine/channel";
import type { Clock } from "../ports/clock";
import type { Health } from "./api";
import { phaseOf } from "./summary";

/** Older than this, the newest block says that the chain or the endpoint stands still. Seconds. */
const STALE_AFTER = 300n;

/** Looks at everything that a node depends on. */
export async function checkHealth(
  chain: Chain,
  clock: Clock,
  account: Address,
  states: Iterable<ChannelState>,
): Promise<Health> {
  const checks = [...(await checkChain(chain, clock, account)), ...checkChannels(states)];
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function checkChain(chain: Chain, clock: Clock, account: Address): Promise<Health["checks"][number][]> {
  try {
    const { number, timestamp } = await chain.head();
    const age = BigInt(Math.floor(clock.now() / 1000)) - timestamp;
    const balance = await chain.balanceOf(account, NATIVE);
    return [
      {
        name: "chain",
        ok: age <= STALE_AFTER,
        detail: `Block ${number} is ${age} seconds old.`,
        ...(age <= STALE_AFTER ? {} : { remedy: "Look at the chain and at the RPC endpoints; deadlines go on." }),
      },
      {
        name: "gas",
        ok: balance > 0n,
        detail: `${account} has ${balance} wei for gas.`,
        ...(balance > 0n ? {} : { remedy: "Send it some: without gas no dispute can be answered." }),
      },
    ];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{ name: "chain", ok: false, detail, remedy: "Configure another RPC endpoint, or wait for this one." }];
  }
}

function checkChannels(states: Iterable<ChannelState>): Health["checks"][number][] {
  let disputed = 0;
  let offline = 0;
  let total = 0;
  for (const state of states) {
    const phase = phaseOf(state);
    if (phase === "closed") continue;
    total++;
    if (phase === "disputed") disputed++;
    if (state.session.connected === 0) offline++;
  }
  return [
    { name: "channels", ok: disputed === 0, detail: `${total} channels, ${disputed} of them in dispute.` },
    { name: "peers", ok: true, detail: `${offline} channels whose peers are not connected.` },
  ];
}
