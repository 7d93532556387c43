import type { Chain, Fact, FactReport } from "../ports/chain";
import type { Address, ChannelId, Hex } from "../protocol/types";

interface Followed {
  readonly channels: Set<ChannelId>;
  fact: Fact | undefined;
}

/** What the chain says of keys, and which channels want to know it. */
export class Facts {
  private readonly keys = new Map<string, Followed>();

  constructor(private readonly chain: Pick<Chain, "follow" | "unfollow">) {}

  /** What the chain has said of a key; undefined if nothing. */
  get(registry: Address, key: Hex): Fact | undefined {
    return this.keys.get(registry + key)?.fact;
  }

  follow(id: ChannelId, registry: Address, key: Hex): void {
    const known = this.keys.get(registry + key);
    if (known !== undefined) {
      known.channels.add(id);
      return;
    }
    this.keys.set(registry + key, { channels: new Set([id]), fact: undefined });
    this.chain.follow(registry, key);
  }

  unfollow(id: ChannelId, registry: Address, key: Hex): void {
    const known = this.keys.get(registry + key);
    if (known?.channels.delete(id) !== true || known.channels.size > 0) return;
    this.keys.delete(registry + key);
    this.chain.unfollow(registry, key);
  }

  /** Takes note of what the chain says. Returns the channels that want to know it. */
  hear(reports: readonly FactReport[]): ReadonlySet<ChannelId> {
    const concerned = new Set<ChannelId>();
    for (const { registry, key, ...fact } of reports) {
      const known = this.keys.get(registry + key);
      if (known === undefined) continue;
      known.fact = fact;
      for (const id of known.channels) concerned.add(id);
    }
    return concerned;
  }
}
