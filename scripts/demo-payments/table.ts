import { grouped, money, type Narrator } from "../demo/narrator";
import { wayOfSteps, type Paid } from "./paying";

const HEAD = ["payment", "amount", "fees", "latency", "gas", "way"];

/** One line for each payment. */
export function tellTable(narrator: Narrator, payments: readonly Paid[]): void {
  const rows = payments.map(({ title, unit, amount, fee, milliseconds, gas, steps }) => [
    title,
    money(amount, unit),
    money(fee, unit),
    `${milliseconds.toFixed(0)} ms`,
    grouped(gas),
    wayOfSteps(steps).join(" → "),
  ]);
  const lines = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    const cells = line.map((cell, i) =>
      i === 0 || i === HEAD.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    narrator.say(cells.join("   ").trimEnd());
  }
}
