import type { SluiceError } from "../errors";
import { stateDigest, type Deployment } from "../protocol/hashing";
import { FINAL_VERSION, type ChannelId, type CompactSignature, type Hex, type State } from "../protocol/types";
import type { Call } from "./calls";
import {
  newestVersion,
  others,
  SEALER,
  type ChannelRecord,
  type ChannelState,
  type Named,
  type Session,
} from "./channel";
import type { Context } from "./context";
import type { Effect, LaneEvent, Notice } from "./effects";
import type { Message, RejectReason } from "./messages";
import type { Lane } from "./payments/lane";

/** A step in the making: the channel as it will be, and what is to be done about it. */
export class Draft {
  readonly effects: Effect[] = [];
  record: ChannelRecord;
  lanes: readonly Lane[];
  session: Session;

  constructor(
    readonly context: Context,
    { record, lanes, session }: ChannelState,
  ) {
    this.record = record;
    this.lanes = lanes;
    this.session = session;
  }

  /** Changes what must not be lost. */
  keep(changes: Partial<ChannelRecord>): void {
    this.record = { ...this.record, ...changes };
  }

  /** Changes what has been paid, which must not be lost either. */
  setLane(index: number, lane: Lane): void {
    this.lanes = this.lanes.map((other, i) => (i === index ? lane : other));
  }

  /** Changes what may be forgotten. */
  note(changes: Partial<Session>): void {
    this.session = { ...this.session, ...changes };
  }

  send(to: number, message: Message): void {
    this.effects.push({ type: "send", to, message });
    if (this.session.sentAt !== this.context.now) this.note({ sentAt: this.context.now });
  }

  sendAll(message: Message): void {
    for (const to of others(this.record)) this.send(to, message);
  }

  sendSealer(message: Message): void {
    this.send(SEALER, message);
  }

  notify(notice: Notice): void {
    this.effects.push({ type: "notify", notice });
  }

  /** Tells whoever passes payments on. */
  tell(event: LaneEvent): void {
    this.effects.push({ type: "lane", event });
  }

  resolve(tickets: readonly (number | undefined)[], state: State): void {
    for (const ticket of tickets) if (ticket !== undefined) this.effects.push({ type: "resolve", ticket, state });
  }

  fail(tickets: readonly (number | undefined)[], error: SluiceError): void {
    for (const ticket of tickets) if (ticket !== undefined) this.effects.push({ type: "fail", ticket, error });
  }

  reject(to: number, what: Named, reason: RejectReason, text: string): void {
    this.send(to, { type: "reject", channelId: this.record.id, ...what, reason, text });
  }

  /** Wants a call on the chain. Saying it again while its fate is open does nothing. */
  submit(name: string, call: Call, deadline?: bigint): void {
    const id = `${this.record.id}:${name}`;
    if (this.session.submitted.includes(id)) return;
    this.note({ submitted: [...this.session.submitted, id] });
    this.effects.push({ type: "submit", id, call, ...(deadline === undefined ? {} : { deadline }) });
  }

  /** Does not want a call any more that somebody else has made needless. */
  cancel(name: string): void {
    const id = `${this.record.id}:${name}`;
    const { submitted } = this.session;
    if (!submitted.includes(id)) return;
    this.note({ submitted: submitted.filter((other) => other !== id) });
    this.effects.push({ type: "cancel", id });
  }

  sign(state: State): CompactSignature {
    return this.context.signer.sign(this.digestOf(state));
  }

  /** Whether a participant signed a state. Nobody can sign what is no state. */
  isSigned(state: State, by: number, signature: CompactSignature | undefined): boolean {
    if (signature === undefined || state.version > FINAL_VERSION) return false;
    return this.context.verify(this.record.terms.participants[by]!, this.digestOf(state), signature);
  }

  /** The version that the next change builds on. */
  get base(): bigint {
    return newestVersion(this.record);
  }

  get participants(): number {
    return this.record.terms.participants.length;
  }

  /** Whoever signs a state checks the signatures of others on it: its digest is computed once. */
  private digestOf(state: State): Hex {
    const { deployment } = this.context;
    const { id } = this.record;
    const known = digests.get(state);
    if (known?.deployment === deployment && known.id === id) return known.digest;
    const digest = stateDigest(deployment, id, state);
    digests.set(state, { deployment, id, digest });
    return digest;
  }
}

interface Digested {
  readonly deployment: Deployment;
  readonly id: ChannelId;
  readonly digest: Hex;
}

const digests = new WeakMap<State, Digested>();
