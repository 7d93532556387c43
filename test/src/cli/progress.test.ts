import { expect } from "chai";
import { waitFor } from "../../../src/cli/progress";
import type { Io } from "../../../src/cli/io";

function listen(): { readonly io: Io; readonly said: Promise<string>; readonly lines: string[] } {
  const lines: string[] = [];
  let io!: Io;
  const said = new Promise<string>((resolve) => {
    const err = (line: string) => {
      lines.push(line);
      resolve(line);
    };
    const ask = () => Promise.resolve(undefined);
    io = { env: {}, signal: new AbortController().signal, out: () => undefined, err, ask };
  });
  return { io, said, lines };
}

describe("a command that takes its time", () => {
  it("says what it waits for, beside its answer", async () => {
    const { io, said } = listen();
    let finish!: (value: number) => void;
    const result = waitFor(io, "Bob to sign", new Promise<number>((resolve) => (finish = resolve)), 1);
    expect(await said).to.equal("Waiting for Bob to sign …");
    finish(7);
    expect(await result).to.equal(7);
  });

  it("says nothing if it is quick, and leaves no timer behind", async () => {
    const { io, lines } = listen();
    expect(await waitFor(io, "Bob to sign", Promise.resolve(7), 0)).to.equal(7);
    await new Promise((later) => setTimeout(later, 5));
    expect(lines).to.deep.equal([]);
  });
});
