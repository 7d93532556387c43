const METRICS = ["statements", "branches", "functions", "lines"] as const;

interface Metric {
  readonly total: number;
  readonly covered: number;
}

type FileSummary = Readonly<Record<(typeof METRICS)[number], Metric>>;

/** What istanbul's `json-summary` holds: an entry per file, and one named "total". */
export type CoverageSummary = Readonly<Record<string, FileSummary>>;

/** One sentence for every kind of gap in every file. Empty when all is covered. */
export function findUncovered(summary: CoverageSummary): string[] {
  const files = Object.entries(summary).filter(([name]) => name !== "total");
  if (files.length === 0) return ["No file was measured at all."];
  return files.flatMap(([name, metrics]) =>
    METRICS.filter((metric) => metrics[metric].covered < metrics[metric].total).map(
      (metric) => `${name}: ${metrics[metric].covered} of ${metrics[metric].total} ${metric} are covered.`,
    ),
  );
}
