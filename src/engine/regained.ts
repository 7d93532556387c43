import type { ChannelRecord, ChannelState } from "./channel";
import type { Draft } from "./draft";
import { isDirect } from "./sealer";
import { sameState } from "./turns";

/** Fields that are different once the sealer has sealed what I have promised. */
const ADOPTED: ReadonlySet<string> = new Set<keyof ChannelRecord>(["agreed", "moves", "promised"]);

/**
 * Whether a step only tells the application that the sealer has sealed a payment of mine to the sealer. That may be told
 * before the record is durable, because a crash then takes nothing from anybody: my promise is durable, so I stand by the
 * payment and sign nothing else in its place; the payee is the sealer, who had it durable before it answered; and the
 * sealer gives it to me again at the next `sync`. If it hides it instead, I hold an older state that gives me more.
 *
 * None of that holds where I am paid, or where a third participant is: there the sealed state is what the money hangs on,
 * and losing it to a crash would leave a claim that only the sealer can prove. And nothing else may leave with it: the
 * next message waits for the disk as always, so the record is never behind by more than this.
 */
export function isRegained({ record: before, lanes: paid }: ChannelState, draft: Draft): boolean {
  const { record, lanes, effects, participants } = draft;
  const { promised } = before;
  if (promised === undefined || record.promised !== undefined || participants > 2 || lanes !== paid) return false;
  if (record.agreed === undefined || !sameState(record.agreed.state, promised.state)) return false;
  const fields = Object.keys(record) as (keyof ChannelRecord)[];
  return (
    isDirect(promised.change, record.destinations, record.self) &&
    fields.every((field) => ADOPTED.has(field) || record[field] === before[field]) &&
    effects.every((effect) => {
      if (effect.type === "notify") return effect.notice.type === "updated";
      return effect.type === "resolve" || effect.type === "poke";
    })
  );
}
