/** Where the nodes of a small network are drawn: in columns by their distance from the first one. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The place of every node. The same network gives the same picture, whatever the order of its edges.
 * @param names the first one is at the left; in a column the order of names counts, from the top
 */
export function layoutOf<Name extends string>(
  names: readonly Name[],
  edges: readonly (readonly [Name, Name])[],
  { left, top, width, height }: Frame,
): ReadonlyMap<Name, Point> {
  const columns = columnsOf(names, edges);
  const places = new Map<Name, Point>();
  columns.forEach((column, i) => {
    const x = left + (columns.length === 1 ? width / 2 : (width * i) / (columns.length - 1));
    column.forEach((name, j) => places.set(name, { x, y: top + (height * (2 * j + 1)) / (2 * column.length) }));
  });
  return places;
}

/** The names by their distance from the first one. Those that it does not reach are left out. */
function columnsOf<Name>(names: readonly Name[], edges: readonly (readonly [Name, Name])[]): Name[][] {
  const columns: Name[][] = [];
  const placed = new Set<Name>();
  for (let column = names.slice(0, 1); column.length > 0;) {
    columns.push(column);
    column.forEach((name) => placed.add(name));
    const last = new Set(column);
    const isNext = (name: Name) =>
      !placed.has(name) && edges.some(([a, b]) => (a === name && last.has(b)) || (b === name && last.has(a)));
    column = names.filter(isNext);
  }
  return columns;
}
