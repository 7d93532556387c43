import { readFile } from "node:fs/promises";
import { expect } from "chai";
import type { ChannelId } from "../../src/protocol/types";
import type { Entry } from "./program";

/** What a node has written down in all of its lives. */
export class Journal {
  private read = 0;
  private readonly signatures = new Map<string, string>();
  private readonly payments = {
    paying: new Map<ChannelId, bigint>(),
    paid: new Map<ChannelId, bigint>(),
    heard: new Map<ChannelId, bigint>(),
  };

  constructor(readonly path: string) {}

  /** Reads what is new. Fails if the node has ever handed out signatures on two states of one version. */
  async readOn(): Promise<void> {
    const text = (await readFile(this.path)).subarray(this.read);
    const end = text.lastIndexOf("\n") + 1; // a life that ends leaves no half line, but one that goes on may
    this.read += end;
    for (const line of text.subarray(0, end).toString().split("\n")) {
      if (line !== "") this.take(JSON.parse(line) as Entry);
    }
  }

  /** Payments that the node was told to make. */
  tried(id: ChannelId): bigint {
    return this.payments.paying.get(id) ?? 0n;
  }

  /** Payments that the node has said are made. */
  done(id: ChannelId): bigint {
    return this.payments.paid.get(id) ?? 0n;
  }

  /** Payments by voucher that the node has told its application of. */
  heard(id: ChannelId): bigint {
    return this.payments.heard.get(id) ?? 0n;
  }

  /** States that the node has signed, and handed out. */
  get signed(): number {
    return this.signatures.size;
  }

  private take(entry: Entry): void {
    if (entry.type !== "signed") {
      const counts = this.payments[entry.type];
      counts.set(entry.channelId, (counts.get(entry.channelId) ?? 0n) + 1n);
      return;
    }
    const state = `${entry.channelId} ${entry.version}`;
    const known = this.signatures.get(state);
    if (known !== undefined) expect(entry.signature, `two states of version ${entry.version}`).to.equal(known);
    this.signatures.set(state, entry.signature);
  }
}
