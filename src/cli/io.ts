/** What a command needs of the process it runs in. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal;
  /** Writes a line of the answer. */
  out(line: string): void;
  /** Writes a line for people, which is no part of the answer. */
  err(line: string): void;
  /** Asks for a secret, which is not shown; undefined if nobody is there to be asked. */
  ask(question: string): Promise<string | undefined>;
}

/** What a command answers, for programs and for people. */
export interface Answer {
  /** Turned to JSON as the API does it: whole numbers of the protocol become decimal strings. */
  readonly json: unknown;
  readonly text: string;
  /** Exit code; 0 unless given. */
  readonly code?: number;
}
