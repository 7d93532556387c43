import { formatUnits } from "ethers";

/** Tells the story to whoever reads along. */
export interface Narrator {
  title(text: string): void;
  chapter(number: number, title: string): void;
  say(text: string): void;
  /** One aligned line of a label and a value. */
  figure(label: string, value: string): void;
  /** Shows that something long goes on; on a terminal the line is overwritten by the next one. */
  progress(text: string): void;
}

const LABEL_WIDTH = 44;
const VALUE_WIDTH = 22;

/** Says nothing: for machines. */
export const silentNarrator: Narrator = {
  title: () => undefined,
  chapter: () => undefined,
  say: () => undefined,
  figure: () => undefined,
  progress: () => undefined,
};

/** Writes lines to a stream; in colour only if it is a terminal whose user does not object. */
export function terminalNarrator(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Narrator {
  const colour = stream.isTTY && !process.env["NO_COLOR"];
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clear = stream.isTTY ? "\r\u001b[K" : "";
  const line = (text: string) => void stream.write(`${clear}${text}\n`);
  return {
    title: (text) => line(paint(1, text)),
    chapter: (number, title) => line(`\n${paint(36, `${number}  ${title}`)}\n`),
    say: (text) => line(`   ${text}`),
    figure: (label, value) => line(`   ${label.padEnd(LABEL_WIDTH)}${paint(32, value.padStart(VALUE_WIDTH))}`),
    progress: (text) => void stream.write(stream.isTTY ? `${clear}   ${text} …` : `   ${text} …\n`),
  };
}

/** An amount of 18 decimals: `1,250.50 TUSD`. */
export function money(amount: bigint, unit: string): string {
  const [whole = "0", fraction = ""] = formatUnits(amount, 18).split(".");
  return `${grouped(BigInt(whole))}.${fraction.slice(0, 4).padEnd(2, "0")} ${unit}`;
}

/** A number with thousands set apart: `150,000`. */
export function grouped(value: bigint | number): string {
  return value.toLocaleString("en-US");
}

/** For `JSON.stringify`: amounts as decimal text. */
export function decimals(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
