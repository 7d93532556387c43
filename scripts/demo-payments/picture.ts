import { money } from "../demo/narrator";
import { layoutOf, type Point } from "./layout";
import { LINKS, NAMES, UNITS, type Name, type Unit } from "./network";
import type { Paid } from "./paying";

type Sums = Readonly<Record<Unit, bigint>>;

const WIDTH = 960;
const HEIGHT = 440;
const RADIUS = 34;
const FRAME = { left: 100, top: 84, width: WIDTH - 200, height: HEIGHT - 124 };

/** Draws who paid whom how much, and who earned what. The same payments give the same picture. */
export function renderPicture(payments: readonly Paid[]): string {
  const places = layoutOf(
    NAMES,
    LINKS.map(({ between }) => between),
    FRAME,
  );
  const at = (name: Name) => places.get(name)!;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
  <title id="title">Five nodes, five channels, and the money that payments moved in them</title>
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2933; text-anchor: middle; }
    .title { font-size: 18px; font-weight: 600; text-anchor: start; }
    .name { font-weight: 600; font-size: 14px; }
    .quiet { fill: #5b6773; }
    .page { fill: #ffffff; stroke: #d5dbe1; }
    .node { fill: #ffffff; stroke: #0b7a75; stroke-width: 2; }
    .label { fill: #ffffff; }
    .channel { stroke: #0b7a75; stroke-linecap: round; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .quiet { fill: #9aa7b4; }
      .page { fill: #0d1117; stroke: #30363d; }
      .node { fill: #0d1117; stroke: #2dd4bf; }
      .label { fill: #0d1117; }
      .channel { stroke: #2dd4bf; }
    }
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>
  <text class="title" x="24" y="36">What ${payments.length} payments from Alice to Bob moved, without a transaction on the chain</text>
${LINKS.map(({ between: [from, to] }) => drawChannel(at(from), at(to), payments, from, to)).join("\n")}
${NAMES.map((name) => drawNode(at(name), name, payments)).join("\n")}
</svg>
`;
}

/** A channel: the thicker, the more payments went over it. */
function drawChannel(a: Point, b: Point, payments: readonly Paid[], from: Name, to: Name): string {
  const here = payments.flatMap(({ unit, steps }) =>
    steps.filter((step) => step.from === from && step.to === to).map(({ amount }) => ({ unit, amount })),
  );
  const [x, y] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const lines = linesOf(sumOf(here));
  return `  <line class="channel" x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke-width="${1 + 2 * here.length}"/>
  <rect class="label" x="${x - 56}" y="${y - 11 * lines.length}" width="112" height="${22 * lines.length}" rx="4"/>
${lines.map((line, i) => `  <text x="${x}" y="${y + 5 + 20 * (i - (lines.length - 1) / 2)}">${line}</text>`).join("\n")}`;
}

function drawNode({ x, y }: Point, name: Name, payments: readonly Paid[]): string {
  const earned = linesOf(sumOf(payments.flatMap((payment) => earningsOf(name, payment))));
  const isEnd = name === "Alice" || name === "Bob";
  const notes = isEnd ? [name === "Alice" ? "pays" : "is paid"] : earned.map((line) => `earns ${line}`);
  return `  <circle class="node" cx="${x}" cy="${y}" r="${RADIUS}"/>
  <text class="name" x="${x}" y="${y + 5}">${name}</text>
${notes.map((note, i) => `  <text class="quiet" x="${x}" y="${y + RADIUS + 20 + 18 * i}">${note}</text>`).join("\n")}`;
}

/** What somebody in between keeps of a payment: what comes in, less what goes on. */
function earningsOf(name: Name, { unit, steps }: Paid): { readonly unit: Unit; readonly amount: bigint }[] {
  const [coming, going] = [steps.find(({ to }) => to === name), steps.find(({ from }) => from === name)];
  return coming === undefined || going === undefined ? [] : [{ unit, amount: coming.amount - going.amount }];
}

function sumOf(items: readonly { readonly unit: Unit; readonly amount: bigint }[]): Sums {
  const sums: Record<Unit, bigint> = { ETH: 0n, TUSD: 0n };
  for (const { unit, amount } of items) sums[unit] += amount;
  return sums;
}

/** One line for each currency of which there is any. */
function linesOf(sums: Sums): string[] {
  return UNITS.filter((unit) => sums[unit] > 0n).map((unit) => money(sums[unit], unit));
}
