import type { NodeEvent } from "./api";

/** An event before it has its number. */
export type Unnumbered = NodeEvent extends infer Event
  ? Event extends NodeEvent
    ? Omit<Event, "sequence">
    : never
  : never;
type Listener = (event: NodeEvent) => void;

/** Numbers what happens and tells whoever listens. */
export class Events {
  private sequence = 0;
  private readonly listeners = new Set<Listener>();

  /** @param failed is told what a listener throws: the others, and the node, go on */
  constructor(private readonly failed: (error: unknown) => void) {}

  emit(event: Unnumbered): void {
    const numbered = { ...event, sequence: ++this.sequence } as NodeEvent;
    for (const listener of [...this.listeners]) {
      try {
        listener(numbered);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
