import type { Message } from "../../../../src/engine/messages";
import type { Address } from "../../../../src/protocol/types";

export interface Letter {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/** Connections between peers and what is on its way: letters that can arrive in any order, twice, or never. */
export class SimulatedNetwork {
  letters: Letter[] = [];
  private readonly links = new Set<string>();

  connect(a: Address, b: Address): void {
    this.links.add(linkOf(a, b));
  }

  disconnect(a: Address, b: Address): void {
    this.links.delete(linkOf(a, b));
  }

  isConnected(a: Address, b: Address): boolean {
    return this.links.has(linkOf(a, b));
  }

  send(letter: Letter): void {
    if (this.isConnected(letter.from, letter.to)) this.letters.push(letter);
  }

  /** Takes out the letter at a place. */
  take(index: number): Letter {
    const [letter] = this.letters.splice(index, 1);
    return letter!;
  }
}

function linkOf(a: Address, b: Address): string {
  return a < b ? a + b : b + a;
}
