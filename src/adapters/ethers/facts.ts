import type { Fact, FactReport } from "../../ports/chain";
import type { Address, Hex } from "../../protocol/types";
import type { Endpoints } from "./endpoints";
import { knownSince } from "./knownSince";
import type { Reader } from "./reader";
import { secretOf } from "./secrets";
import type { Header } from "./shapes";

/** A key that is followed, and what was found out about it. */
interface Followed {
  readonly registry: Address;
  readonly key: Hex;
  fact: Fact | undefined;
  reported: Fact | undefined;
}

/**
 * Follows keys of registries. What a registry says is asked of its state, so that nothing can be missed, with one request for
 * hundreds of keys at each head. A secret is looked for once, in the block whose time the registry gives. Nothing is stored:
 * all of it can be asked again.
 */
export class Facts {
  private readonly keys = new Map<string, Followed>();
  /** Time of the trusted block as of which everything was asked last; 0 while there is none. */
  confirmedTime = 0n;

  constructor(
    private readonly endpoints: Endpoints,
    private readonly reader: Reader,
  ) {}

  follow(registry: Address, key: Hex): void {
    const name = registry + key;
    if (!this.keys.has(name)) this.keys.set(name, { registry, key, fact: undefined, reported: undefined });
  }

  unfollow(registry: Address, key: Hex): void {
    this.keys.delete(registry + key);
  }

  /**
   * Asks for everything that is not certain yet.
   * @param confirmed a block that is trusted, if there is one
   * @throws as {@link Endpoints.request}
   */
  async read(head: Header, confirmed: Header | undefined): Promise<void> {
    const open = [...this.keys.values()].filter(({ fact }) => fact === undefined || !isCertain(fact));
    const latest = await knownSince(this.endpoints, head, open);
    const known = open.filter((one) => latest.get(one) !== 0n);
    const trusted = confirmed && (await knownSince(this.endpoints, confirmed, known));
    for (const one of open) {
      const time = latest.get(one)!;
      const secret = one.fact?.secret ?? (time === 0n ? undefined : await this.find(one, time, head));
      one.fact = { latest: time, confirmed: trusted?.get(one) ?? 0n, secret };
    }
    this.confirmedTime = confirmed?.timestamp ?? 0n;
  }

  /** What is new since the last time this was asked. */
  report(): FactReport[] {
    const changed = [...this.keys.values()].filter(({ fact, reported }) => fact !== undefined && !same(fact, reported));
    return changed.map((one) => {
      one.reported = one.fact;
      return { ...one.fact!, registry: one.registry, key: one.key };
    });
  }

  /** Looks for a secret in the blocks of a time. There may be several on some chains. */
  private async find({ registry, key }: Followed, time: bigint, head: Header): Promise<Hex | undefined> {
    let block = await this.reader.blockAt(time, head);
    while (block.timestamp === time) {
      const secret = await secretOf(this.endpoints, block, registry, key);
      if (secret !== undefined || block.number >= head.number) return secret;
      block = await this.reader.header(block.number + 1);
    }
    return undefined;
  }
}

/** Whether there is nothing left to find out. */
function isCertain({ latest, confirmed, secret }: Fact): boolean {
  return confirmed !== 0n && confirmed === latest && secret !== undefined;
}

function same(a: Fact, b: Fact | undefined): boolean {
  return a.latest === b?.latest && a.confirmed === b.confirmed && a.secret === b.secret;
}
