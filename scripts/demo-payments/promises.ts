import type { ChannelId, Hex } from "../../src";
import type { NodeParts } from "../../src/node/parts";
import type { Transport } from "../../src/ports/transport";
import { decodeMessage } from "../../src/wire";

/** A promise to pay against the secret of `key`, as it leaves a node. Said again if it is sent again. */
export interface Promised {
  readonly channelId: ChannelId;
  readonly key: Hex;
}

/** Tells of every promise that a node sends: what anybody sees who watches its line from inside. */
export function watching(tell: (promised: Promised) => void): (parts: NodeParts) => NodeParts {
  const watched = (transport: Transport): Transport => ({
    start: (handler) => transport.start(handler),
    dial: (peer, url) => transport.dial(peer, url),
    send: (peer, bytes) => {
      promisesIn(bytes).forEach(tell);
      return transport.send(peer, bytes);
    },
    close: () => transport.close(),
  });
  return (parts) => ({ ...parts, transport: watched(parts.transport) });
}

function promisesIn(bytes: Uint8Array): Promised[] {
  const message = decodeMessage(bytes);
  if (message.type !== "voucher") return [];
  const { channelId, operations } = message;
  return operations.flatMap((one) => (one.kind === "lock" ? [{ channelId, key: one.lock.key }] : []));
}
