/** Ends a process at a chosen moment of its work, as a power cut would, and notes what has left it until then. */
import type { NodeParts } from "../../src/node/parts";
import type { Chain } from "../../src/ports/chain";
import type { Signer } from "../../src/ports/crypto";
import type { Store } from "../../src/ports/store";
import type { Transport } from "../../src/ports/transport";

/** Where a process can end: between any two things that it does to its disk, its peers and the chain. */
export const BOUNDARIES = [
  "after signing",
  "before a write",
  "within a write",
  "after a write",
  "before a send",
  "after a send",
  "before hearing",
  "after hearing",
  "before a submit",
  "after a submit",
  "before a broadcast",
  "after a broadcast",
] as const;

export type Boundary = (typeof BOUNDARIES)[number];

/** When to end: the boundary, and how often it is passed before. */
export interface Fuse {
  readonly boundary: Boundary;
  readonly after: number;
}

let fuse: { boundary: Boundary; left: number } | undefined;

export function arm({ boundary, after }: Fuse): void {
  fuse = { boundary, left: after };
}

function pass(boundary: Boundary): void {
  if (fuse?.boundary === boundary && fuse.left-- === 0) process.kill(process.pid, "SIGKILL");
}

/** Puts the boundaries around the parts of a node. @param sent is told of each message before it leaves */
export function withBoundaries(parts: NodeParts, sent: (message: Uint8Array) => void): NodeParts {
  return {
    ...parts,
    signer: aroundSigner(parts.signer),
    store: aroundStore(parts.store),
    transport: aroundTransport(parts.transport, sent),
    chain: aroundChain(parts.chain),
  };
}

function aroundSigner(signer: Signer): Signer {
  return {
    address: signer.address,
    sign: (digest) => {
      const signature = signer.sign(digest);
      pass("after signing");
      return signature;
    },
  };
}

function aroundStore(store: Store): Store {
  return {
    get: (key) => store.get(key),
    entries: (prefix) => store.entries(prefix),
    write: async (batch) => {
      pass("before a write");
      const written = store.write(batch);
      setImmediate(() => pass("within a write"));
      await written;
      pass("after a write");
    },
    close: () => store.close(),
  };
}

function aroundTransport(transport: Transport, sent: (message: Uint8Array) => void): Transport {
  return {
    start: (handler) =>
      transport.start({
        connected: (peer) => handler.connected(peer),
        disconnected: (peer) => handler.disconnected(peer),
        received: (peer, message) => {
          pass("before hearing");
          handler.received(peer, message);
          pass("after hearing");
        },
      }),
    dial: (peer, url) => transport.dial(peer, url),
    send: (peer, message) => {
      pass("before a send");
      sent(message);
      const taken = transport.send(peer, message);
      pass("after a send");
      return taken;
    },
    close: () => transport.close(),
  };
}

function aroundChain(chain: Chain): Chain {
  return {
    start: (handler) => chain.start(handler),
    watch: (id, isNew) => chain.watch(id, isNew),
    cancel: (id) => chain.cancel(id),
    unwatch: (id) => chain.unwatch(id),
    follow: (registry, key) => chain.follow(registry, key),
    unfollow: (registry, key) => chain.unfollow(registry, key),
    submit: async (submission) => {
      pass("before a submit");
      await chain.submit(submission);
      pass("after a submit");
    },
    authorize: (id, deposits) => chain.authorize(id, deposits),
    balanceOf: (account, asset) => chain.balanceOf(account, asset),
    held: (destination, asset) => chain.held(destination, asset),
    head: () => chain.head(),
    close: () => chain.close(),
  };
}

/** Puts a boundary before and after each transaction that goes out to the chain. */
export function aroundFetch(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const isTransaction = typeof init?.body === "string" && init.body.includes("eth_sendRawTransaction");
    if (isTransaction) pass("before a broadcast");
    const response = await fetch(input, init);
    if (isTransaction) pass("after a broadcast");
    return response;
  };
}
