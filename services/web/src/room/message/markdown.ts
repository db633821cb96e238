import {addressAt, addressStart} from './address.ts';

/**
 * The markup of a message: **bold**, *italic*, ~~struck~~, `code`, ``` blocks and addresses. It is parsed into a tree and
 * never into HTML, so a message cannot inject anything into the page.
 */
export type Span =
  | {kind: 'text' | 'code' | 'block'; text: string}
  | {kind: 'link'; text: string; href: string}
  | {kind: 'bold' | 'italic' | 'struck'; spans: Span[]};

type Marked = 'bold' | 'italic' | 'struck';

// A mark opens before, and closes after, a character that is not a space. Inside a word `_` and `*` are plain characters.
const marks = [
  /```(?:[\w-]*\n)?(?<block>[\s\S]+?)```/,
  /`(?<code>[^`\n]+)`/,
  /(?<link>)/,
  /\*\*(?<bold>(?=\S)[^\n]+?(?<=\S))\*\*(?!\*)/,
  /~~(?<struck>(?=\S)[^\n]+?(?<=\S))~~/,
  /(?<![\w*])\*(?<italic>(?=[^\s*])[^\n*]*?(?<=[^\s*]))\*(?![\w*])/,
  /(?<!\w)_(?<under>(?=[^\s_])[^\n_]*?(?<=[^\s_]))_(?!\w)/,
];
const pattern = new RegExp(
  marks.map(({source}) => source.replace('(?<link>)', `(?<link>${addressStart.source})`)).join('|'),
  'gu',
);
const maxDepth = 4;

export function parseMarkdown(source: string, depth = 0): Span[] {
  const spans: Span[] = [];
  let end = 0;
  const addText = (text: string) => {
    if (text !== '') spans.push({kind: 'text', text});
  };
  for (let from = 0; ;) {
    pattern.lastIndex = from;
    const match = pattern.exec(source);
    if (match === null) break;
    const {index, groups = {}} = match;
    const span = groups.link === undefined ? spanOf(groups, depth) : linkAt(source, index);
    from = index + (span?.kind === 'link' ? span.text.length : match[0].length);
    if (span === undefined) continue;
    addText(source.slice(end, index));
    spans.push(span);
    end = from;
  }
  addText(source.slice(end));
  return spans;
}

function spanOf(groups: Record<string, string | undefined>, depth: number): Span | undefined {
  const {block, code, bold, struck, italic, under} = groups;
  if (block !== undefined) return {kind: 'block', text: block.replace(/\n$/, '')};
  if (code !== undefined) return {kind: 'code', text: code};
  if (depth >= maxDepth) return undefined;
  const marked = (kind: Marked, text: string): Span => ({kind, spans: parseMarkdown(text, depth + 1)});
  if (bold !== undefined) return marked('bold', bold);
  if (struck !== undefined) return marked('struck', struck);
  const slanted = italic ?? under;
  return slanted === undefined ? undefined : marked('italic', slanted);
}

function linkAt(source: string, index: number): Span | undefined {
  const address = addressAt(source, index);
  return address && {kind: 'link', ...address};
}

const emoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3)/u;

/** Whether a message consists of one to three emoji only, which are shown large. */
export function isFewEmoji(text: string): boolean {
  const compact = text.replaceAll(/\s/g, '');
  if (compact === '' || compact.length > 48) return false;
  const letters = [...new Intl.Segmenter().segment(compact)];
  return letters.length <= 3 && letters.every(({segment}) => emoji.test(segment));
}
