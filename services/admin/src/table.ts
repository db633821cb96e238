export type Row = Readonly<Record<string, unknown>>;

/** Formats rows under headings, in columns as wide as necessary. Hangul characters take two columns each. */
export function tableOf(rows: readonly Row[], columns: readonly string[]): string {
  if (rows.length === 0) return '(none)';
  const cells = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => widthOf(line[index]!))));
  return cells
    .map((line) => line.map((cell, index) => cell + ' '.repeat(widths[index]! - widthOf(cell))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return textOf(JSON.stringify(value));
  // A title or name must not move the terminal's cursor.
  return String(value).replaceAll(/\p{Cc}/gu, '?');
}

const wide =
  /\p{Script=Hangul}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}/u;
const graphemes = new Intl.Segmenter();

function widthOf(text: string): number {
  return [...graphemes.segment(text)].reduce((width, {segment}) => width + (wide.test(segment) ? 2 : 1), 0);
}
