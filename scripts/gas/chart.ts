import { bestPeer, group, percent, type GasReport, type Peers } from "./report";

const WIDTH = 960;
const MARGIN = 24;
const LABEL_WIDTH = 292;
const BAR_WIDTH = 400;
const ROW_HEIGHT = 40;
const HEADER_HEIGHT = 84;

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: string;
  readonly theirs: number;
}

/**
 * Draws the report: for every row that a peer has too, one bar for Sluice and one for the best peer. Bars of a row are
 * relative to the longer of the two, because a deployment costs a hundred times a deposit.
 */
export function renderChart(report: GasReport, peers: Peers): string {
  const rows = Object.entries(report.rows).flatMap(([name, ours]): Row[] => {
    const best = bestPeer(peers, name);
    return best === undefined ? [] : [{ name, ours, peer: best.name, theirs: best.gas }];
  });
  const height = HEADER_HEIGHT + rows.length * ROW_HEIGHT + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">Gas of Sluice beside the best peer of each row</title>
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2933; }
    .title { font-size: 18px; font-weight: 600; }
    .quiet { fill: #5b6773; }
    .number { font-weight: 600; }
    .page { fill: #ffffff; stroke: #d5dbe1; }
    .ours { fill: #0b7a75; }
    .theirs { fill: #b8c2cc; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .quiet { fill: #9aa7b4; }
      .page { fill: #0d1117; stroke: #30363d; }
      .ours { fill: #2dd4bf; }
      .theirs { fill: #4b5763; }
    }
  </style>
  <rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
  <text class="title" x="${MARGIN}" y="36">Gas: Sluice and the best peer</text>
${legend()}
${rows.map(drawRow).join("\n")}
</svg>
`;
}

function legend(): string {
  return `  <rect class="ours" x="${MARGIN}" y="52" width="12" height="12" rx="2"/>
  <text x="${MARGIN + 20}" y="63">Sluice</text>
  <rect class="theirs" x="${MARGIN + 84}" y="52" width="12" height="12" rx="2"/>
  <text x="${MARGIN + 104}" y="63">best peer that does the same work</text>
  <text class="quiet" x="${WIDTH - MARGIN}" y="63" text-anchor="end">percent of the best peer's gas: less is better</text>`;
}

function drawRow({ name, ours, peer, theirs }: Row, index: number): string {
  const top = HEADER_HEIGHT + index * ROW_HEIGHT;
  const left = MARGIN + LABEL_WIDTH;
  const length = (gas: number) => Math.round((BAR_WIDTH * gas) / Math.max(ours, theirs));
  const beside = (gas: number) => left + length(gas) + 8;
  return `  <text x="${MARGIN}" y="${top + 19}">${name}</text>
  <rect class="ours" x="${left}" y="${top + 2}" width="${length(ours)}" height="14" rx="2"/>
  <text class="number" x="${beside(ours)}" y="${top + 14}">${group(ours)} · ${percent(ours, theirs)}</text>
  <rect class="theirs" x="${left}" y="${top + 18}" width="${length(theirs)}" height="14" rx="2"/>
  <text class="quiet" x="${beside(theirs)}" y="${top + 30}">${group(theirs)} · ${escapeXml(peer)}</text>`;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
