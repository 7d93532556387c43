import type { LockName } from "../engine/payments/claims";
import type { Lock } from "../protocol/locks";
import type { Address, ChannelId, Hex } from "../protocol/types";
import type { RouterContext, RouterEffect, RouterNotice } from "./context";
import type { Memory } from "./memory";
import type { Quotes } from "./quotes";
import type { LockPlace } from "./state";

/** What one event is worked on with: what is known, what is remembered, and what is to be done about it. */
export class Desk {
  readonly effects: RouterEffect[] = [];

  constructor(
    readonly context: RouterContext,
    readonly memory: Memory,
    readonly quotes: Quotes,
  ) {}

  /** Locks money of mine. What becomes of it comes back under the name of `origin`. */
  lock(channelId: ChannelId, asset: Address, lock: Lock, packet: Hex, origin: string): void {
    this.effects.push({ type: "channel", channelId, event: { type: "lock", asset, lock, packet, origin } });
  }

  claim({ channelId, name }: LockPlace, secret: Hex): void {
    this.effects.push({ type: "channel", channelId, event: { type: "claim", name, secret } });
  }

  giveUp({ channelId, name }: LockPlace, failure: Hex): void {
    this.effects.push({ type: "channel", channelId, event: { type: "giveUp", name, failure } });
  }

  notify(notice: RouterNotice): void {
    this.effects.push({ type: "notify", notice });
  }
}

/** A name for a lock that no other one of this node ever has. */
export function placeName({ channelId, name }: { channelId: ChannelId; name: LockName }): string {
  return `${channelId}/${name.lane}/${name.serial}`;
}
