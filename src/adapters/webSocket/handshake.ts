import { concat, getAddress, hexlify, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { randomBytes } from "node:crypto";
import type { Signer, VerifySignature } from "../../ports/crypto";
import type { Address, Hex } from "../../protocol/types";
import { WIRE_VERSION } from "../../wire/limits";

/** Whose key a node shows, and how it checks the keys of others. */
export interface Identity {
  readonly signer: Signer;
  readonly verify: VerifySignature;
}

/** Which end of a connection. */
export type Role = "dialler" | "listener";

/** What each end says first: `version (1 byte) | address (20) | nonce (32)`. */
export interface Hello {
  readonly address: Address;
  readonly nonce: Hex;
}

/** What a frame of the peer leads to. */
export interface Step {
  /** The frame to answer with. */
  readonly answer?: Uint8Array;
  /** The peer, once it has proved who it is. */
  readonly proven?: Address;
}

const HELLO_SIZE = 53;
const PROOF_SIZE = 64;

/**
 * Proves to both ends of a connection who the other one is.
 *
 * Both send a {@link Hello}. The dialler, if it finds whom it dialled, answers with its signature of {@link proofDigest};
 * the listener checks it and answers with its own. So nobody signs for strangers, but to say who it is to whom it dialled.
 *
 * Says nothing about the bytes that follow: where others could change those on their way, use `wss://`.
 */
export class Handshake {
  readonly #own: Hello;
  #peer: Hello | undefined;

  /** @param expected whom a dialler wants to reach */
  constructor(
    private readonly role: Role,
    private readonly identity: Identity,
    private readonly expected?: Address,
  ) {
    this.#own = { address: identity.signer.address, nonce: hexlify(randomBytes(32)) as Hex };
  }

  /** The first frame. */
  greeting(): Uint8Array {
    const { address, nonce } = this.#own;
    return Buffer.concat([Buffer.of(WIRE_VERSION), Buffer.from(address.slice(2) + nonce.slice(2), "hex")]);
  }

  /** Takes the next frame of the peer; returns undefined if it is not the one it should be. */
  receive(frame: Buffer): Step | undefined {
    return this.#peer === undefined ? this.#greet(frame) : this.#check(frame, this.#peer);
  }

  #greet(frame: Buffer): Step | undefined {
    if (frame.length !== HELLO_SIZE || frame[0] !== WIRE_VERSION) return undefined;
    const address = getAddress(hexlify(frame.subarray(1, 21))) as Address;
    if (address === this.#own.address || address !== (this.expected ?? address)) return undefined;
    this.#peer = { address, nonce: hexlify(frame.subarray(21)) as Hex };
    return this.role === "dialler" ? { answer: this.#prove(this.#peer) } : {};
  }

  #check(frame: Buffer, peer: Hello): Step | undefined {
    if (frame.length !== PROOF_SIZE) return undefined;
    const signature = { r: hexlify(frame.subarray(0, 32)) as Hex, vs: hexlify(frame.subarray(32)) as Hex };
    const digest = this.#digest(this.role === "dialler" ? "listener" : "dialler", peer);
    if (!this.identity.verify(peer.address, digest, signature)) return undefined;
    return { proven: peer.address, ...(this.role === "listener" && { answer: this.#prove(peer) }) };
  }

  #prove(peer: Hello): Uint8Array {
    const { r, vs } = this.identity.signer.sign(this.#digest(this.role, peer));
    return Buffer.from(r.slice(2) + vs.slice(2), "hex");
  }

  #digest(signer: Role, peer: Hello): Hex {
    return this.role === "dialler" ? proofDigest(signer, this.#own, peer) : proofDigest(signer, peer, this.#own);
  }
}

/**
 * What `signer` signs. It names both ends, both nonces and who plays which part, so that a signature serves one
 * connection, in one direction. States and challenges are signed as EIP-712, whose preimage starts with another byte.
 */
export function proofDigest(signer: Role, dialler: Hello, listener: Hello): Hex {
  return keccak256(
    concat([
      toUtf8Bytes("Sluice connection"),
      toBeHex(WIRE_VERSION, 1),
      toBeHex(signer === "dialler" ? 0 : 1, 1),
      dialler.address,
      dialler.nonce,
      listener.address,
      listener.nonce,
    ]),
  ) as Hex;
}
