/** How answers look for people. */

/** Rows below each other, their columns aligned. The first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** Names and what they stand for, below each other; an array stands for several lines. */
export function list(entries: readonly (readonly [name: string, value: string | readonly string[]])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries
    .flatMap(([name, value]) => [value].flat().map((line, i) => `${(i === 0 ? name : "").padEnd(width)}  ${line}`))
    .join("\n");
}

/** The beginning of an id: enough to name it in the next command. */
export function short(id: string): string {
  return id.slice(0, 10);
}
