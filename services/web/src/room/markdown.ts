/**
 * The little markup a message may have: **bold**, *italic*, ~~struck~~, `code`, ``` blocks and addresses. It becomes a
 * tree and never HTML, so nothing that is written can be more than text.
 */
export type Span =
  | {kind: 'text' | 'code' | 'block'; text: string}
  | {kind: 'link'; text: string; href: string}
  | {kind: 'bold' | 'italic' | 'struck'; spans: Span[]};

type Marked = 'bold' | 'italic' | 'struck';

// A mark opens before and closes after something that is no space; `_` and `*` inside a word are letters of it.
const pattern =
  /```(?:[\w-]*\n)?(?<block>[\s\S]+?)```|`(?<code>[^`\n]+)`|(?<link>https?:\/\/[^\s<>"'`]+)|\*\*(?<bold>(?=\S)[^\n]+?(?<=\S))\*\*(?!\*)|~~(?<struck>(?=\S)[^\n]+?(?<=\S))~~|(?<![\w*])\*(?<italic>(?=[^\s*])[^\n*]*?(?<=[^\s*]))\*(?![\w*])|(?<!\w)_(?<under>(?=[^\s_])[^\n_]*?(?<=[^\s_]))_(?!\w)/gu;
const maxDepth = 4;

export function parseMarkdown(source: string, depth = 0): Span[] {
  const spans: Span[] = [];
  let end = 0;
  const addText = (text: string) => {
    if (text !== '') spans.push({kind: 'text', text});
  };
  for (const match of source.matchAll(pattern)) {
    const span = spanOf(match.groups ?? {}, depth);
    if (span === undefined) continue;
    addText(source.slice(end, match.index));
    spans.push(span);
    end = match.index + (span.kind === 'link' ? span.text.length : match[0].length);
  }
  addText(source.slice(end));
  return spans;
}

function spanOf(groups: Record<string, string | undefined>, depth: number): Span | undefined {
  const {block, code, link, bold, struck, italic, under} = groups;
  if (block !== undefined) return {kind: 'block', text: block.replace(/\n$/, '')};
  if (code !== undefined) return {kind: 'code', text: code};
  if (link !== undefined) return linkOf(link);
  if (depth >= maxDepth) return undefined;
  const marked = (kind: Marked, text: string): Span => ({kind, spans: parseMarkdown(text, depth + 1)});
  if (bold !== undefined) return marked('bold', bold);
  if (struck !== undefined) return marked('struck', struck);
  const slanted = italic ?? under;
  return slanted === undefined ? undefined : marked('italic', slanted);
}

/** An address up to the punctuation that ends the sentence around it. Only http and https lead anywhere. */
function linkOf(found: string): Span | undefined {
  let text = found.replace(/[.,:;!?*~_]+$/, '');
  while (text.endsWith(')') && text.split('(').length < text.split(')').length) text = text.slice(0, -1);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  return {kind: 'link', text, href: url.href};
}

const emoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3)/u;

/** Whether a message is nothing but one to three emoji, which are shown large. */
export function isFewEmoji(text: string): boolean {
  const compact = text.replaceAll(/\s/g, '');
  if (compact === '' || compact.length > 48) return false;
  const letters = [...new Intl.Segmenter().segment(compact)];
  return letters.length <= 3 && letters.every(({segment}) => emoji.test(segment));
}
