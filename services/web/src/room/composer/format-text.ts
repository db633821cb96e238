import {addressAt} from '../message/address.ts';

export type Format = 'bold' | 'italic' | 'struck' | 'code' | 'link' | 'quote' | 'list';

/** A change of the text in the field: what replaces what, and what is selected afterwards. */
export type Change = {from: number; to: number; text: string; selectFrom: number; selectTo: number};

type Selected = {text: string; from: number; to: number};

const marks: Partial<Record<Format, string>> = {bold: '**', italic: '_', struck: '~~', code: '`'};
const beginnings: Partial<Record<Format, string>> = {quote: '> ', list: '- '};

/** Returns the change that formats the selection, or takes the format from it. */
export function formatText(selected: Selected, format: Format): Change {
  const mark = marks[format];
  if (mark !== undefined) return isBlock(selected, format) ? fenced(selected) : marked(selected, mark);
  const beginning = beginnings[format];
  if (beginning !== undefined) return begun(selected, beginning);
  const name = selected.text.slice(selected.from, selected.to);
  const text = `[${name}](https://)`;
  const at = selected.from + text.length - 1;
  return {from: selected.from, to: selected.to, text, selectFrom: at, selectTo: at};
}

function isBlock({text, from, to}: Selected, format: Format): boolean {
  return format === 'code' && text.slice(from, to).includes('\n');
}

function fenced({text, from, to}: Selected): Change {
  const isAtStart = from === 0 || text[from - 1] === '\n';
  const head = `${isAtStart ? '' : '\n'}\`\`\`\n`;
  const inner = text.slice(from, to).replace(/\n$/, '');
  const selectFrom = from + head.length;
  return {from, to, text: `${head}${inner}\n\`\`\`\n`, selectFrom, selectTo: selectFrom + inner.length};
}

function marked({text, from, to}: Selected, mark: string): Change {
  const [size, inner] = [mark.length, text.slice(from, to)];
  const isMarked =
    text.slice(from - size, from) === mark && text.slice(to, to + size) === mark && from >= size;
  if (isMarked)
    return {from: from - size, to: to + size, text: inner, selectFrom: from - size, selectTo: to - size};
  // A mark beside a space means nothing.
  const lead = /^\s*/.exec(inner)![0].length;
  const body = inner.trim();
  const whole = `${inner.slice(0, lead)}${mark}${body}${mark}${inner.slice(lead + body.length)}`;
  const selectFrom = from + lead + size;
  return {from, to, text: whole, selectFrom, selectTo: selectFrom + body.length};
}

/** Begins each line of the selection, or takes the beginnings away. */
function begun({text, from, to}: Selected, beginning: string): Change {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const lines = text.slice(start, to).split('\n');
  const isBegun = lines.every((line) => line.startsWith(beginning));
  const next = lines.map((line) => (isBegun ? line.slice(beginning.length) : beginning + line)).join('\n');
  return {from: start, to, text: next, selectFrom: start + next.length, selectTo: start + next.length};
}

/** Returns the change that names a pasted address after the selected words; undefined if the paste is just text. */
export function nameAddress({text, from, to}: Selected, pasted: string): Change | undefined {
  const name = text.slice(from, to);
  const address = pasted.trim();
  const isAddress = addressAt(address, 0)?.text === address;
  if (name.trim() === '' || /[\n[\]]/.test(name) || !isAddress || addressAt(name, 0) !== undefined)
    return undefined;
  const link = `[${name}](${address.replaceAll('(', '%28').replaceAll(')', '%29')})`;
  return {from, to, text: link, selectFrom: from + link.length, selectTo: from + link.length};
}
