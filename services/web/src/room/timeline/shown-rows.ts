import type {Row} from './rows.ts';

/** Which rows are in the page, by the messages at their ends. Without a first message they are the newest rows. */
export type Range = {first?: string; last?: string};

/** The page never contains more rows than this, however long the conversation is. */
export const maxRows = 200;

// A row has 22 px at least. So the rows below the current one fill the tallest window, and those above it suffice for
// scrolling on while more rows are mounted.
const rowsAbove = 60;
const rowsBelow = 130;

/**
 * Returns the first row of a range and the row after its last one. Lines between messages belong to the messages beside
 * them.
 */
export function boundsOf(rows: readonly Row[], {first, last}: Range): [start: number, end: number] {
  let end = last === undefined ? rows.length : indexOf(rows, last) + 1 || rows.length;
  while (end < rows.length && rows[end]!.kind !== 'message') end += 1;
  let start = first === undefined ? -1 : indexOf(rows, first);
  if (start < 0) start = Math.max(0, end - rowsBelow);
  while (start > 0 && rows[start - 1]!.kind !== 'message') start -= 1;
  return [start, end];
}

/** Returns the rows around one of them. */
export function rangeAround(rows: readonly Row[], index: number): Range {
  const end = index + rowsBelow;
  const first = rows.slice(Math.max(0, index - rowsAbove)).find(isMessage)?.key;
  const last = end < rows.length ? rows.slice(0, end).findLast(isMessage)?.key : undefined;
  return {...(first !== undefined && {first}), ...(last !== undefined && {last})};
}

export function indexOf(rows: readonly Row[], key: string): number {
  return rows.findIndex((row) => row.key === key);
}

function isMessage({kind}: Row): boolean {
  return kind === 'message';
}
