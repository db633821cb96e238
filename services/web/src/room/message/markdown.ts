import type {Code, List, ListItem, Nodes, Parents} from 'mdast';
import {fromMarkdown} from 'mdast-util-from-markdown';
import {gfmStrikethroughFromMarkdown} from 'mdast-util-gfm-strikethrough';
import {cjkFriendlyExtension} from 'micromark-extension-cjk-friendly';
import {gfmStrikethroughCjkFriendly} from 'micromark-extension-cjk-friendly-gfm-strikethrough';
import {addressAt, type Address} from './address.ts';
import {addressSyntax, addressTree} from './address-syntax.ts';

/** What a message consists of. It never becomes HTML, so a message cannot inject anything into the page. */
export type Span =
  | {kind: 'text'; text: string}
  | {kind: 'code'; text: string}
  | {kind: 'block'; text: string; language?: string}
  | ({kind: 'link'} & Address)
  | {kind: 'bold' | 'italic' | 'struck' | 'quote'; spans: Span[]}
  | {kind: 'named'; href: string; spans: Span[]}
  | {kind: 'list'; from?: number; spans: Span[]}
  | {kind: 'item'; spans: Span[]};

/** What people write without meaning it: a line of hyphens, an indented line, an entity, HTML. All of it stays text. */
const disabled = [
  'autolink',
  'characterReference',
  'codeIndented',
  'definition',
  'hardBreakEscape',
  'headingAtx',
  'htmlFlow',
  'htmlText',
  'labelStartImage',
  'setextUnderline',
  'thematicBreak',
];
/** A text without any of these is plain. */
const meaningful = /[*_~`[\\]|^[ \t]*(?:>|[-+][ \t]|\d+[.)])|https?:|mailto:|www\./im;
/** Deeper marks stay text. */
const maxDepth = 8;

/** Parses a message: CommonMark, as far as people mean it in a chat, and ~~struck~~. */
export function parseMarkdown(written: string): Span[] {
  if (!meaningful.test(written) || isTooMuch(written)) return textOf(written);
  const source = asMeant(written.replace(/^\uFEFF/, ''));
  const tree = fromMarkdown(source, {
    extensions: [
      cjkFriendlyExtension(),
      // In Korean, one tilde means a range: 1~2일, 3~4일.
      gfmStrikethroughCjkFriendly({singleTilde: false}),
      addressSyntax(source),
      {disable: {null: disabled}},
    ],
    mdastExtensions: [gfmStrikethroughFromMarkdown(), addressTree],
  });
  return blocksOf(tree, {source, depth: 0});
}

// The parser's time grows with the square of these. Within these bounds it stays below some 50 ms for any text.
const maxMarks = 400;
const maxLines = 200;
const manyBlocks = /^(?:[ \t]*(?:>|[-+*]|\d+[.)])){9}/m;

/** Whether a text has more marks than anybody writes. Those in code mean nothing. */
function isTooMuch(written: string): boolean {
  const outside = written.replaceAll(/```[^]*?(?:```|$)/g, '');
  if (manyBlocks.test(outside)) return true;
  const marks = outside.match(/\*+|_+|~+|`+|[[\\]|[Mm]ailto:/g)?.length ?? 0;
  const lines = outside.match(/^[ \t]*(?:>|[-+*]|\d+[.)])/gm)?.length ?? 0;
  return marks > maxMarks || lines > maxLines;
}

type Context = {source: string; depth: number};

/** Returns the content of a block. Blank lines between its paragraphs are kept as text. */
function blocksOf({children}: Parents, context: Context): Span[] {
  const spans: Span[] = [];
  let end = context.depth === 0 ? 0 : startOf(children[0]);
  for (const [index, child] of children.entries()) {
    const isFlow = child.type === 'paragraph' && (index === 0 || children[index - 1]!.type === 'paragraph');
    const between = context.source.slice(end, startOf(child));
    if (isFlow) spans.push(...textOf(between.trim() === '' ? between : '\n\n'));
    spans.push(...spansOf(child, context));
    end = endOf(child);
  }
  return joined(spans);
}

function spansOf(node: Nodes, context: Context): Span[] {
  const {source, depth} = context;
  const written = () => textOf(source.slice(startOf(node), endOf(node)));
  const inner = (parent: Parents) =>
    joined(parent.children.flatMap((child) => spansOf(child, {source, depth: depth + 1})));
  if (depth > maxDepth) return written();
  switch (node.type) {
    case 'text':
      return textOf(asWritten(node.value, source.slice(startOf(node), endOf(node))));
    case 'paragraph':
      return joined(node.children.flatMap((child) => spansOf(child, context)));
    case 'break':
      return textOf('\n');
    case 'inlineCode':
      return [{kind: 'code', text: node.value}];
    case 'code':
      return node.value === '' ? written() : [blockOf(node)];
    case 'strong':
      return [{kind: 'bold', spans: inner(node)}];
    case 'delete':
      return [{kind: 'struck', spans: inner(node)}];
    case 'emphasis':
      return isProduct(source, startOf(node), endOf(node))
        ? [...textOf('*'), ...inner(node), ...textOf('*')]
        : [{kind: 'italic', spans: inner(node)}];
    case 'address':
      return [{kind: 'link', ...addressAt(node.value, 0)!}];
    case 'link': {
      const href = hrefOf(node.url);
      // The name of a link must not be another address.
      const isNamed = href !== undefined && node.children.length > 0 && !holdsAddress(node);
      return isNamed ? [{kind: 'named', href, spans: inner(node)}] : linkAsWritten(node.url, written());
    }
    case 'blockquote':
      return node.children.length === 0
        ? written()
        : [{kind: 'quote', spans: blocksOf(node, {source, depth: depth + 1})}];
    case 'list':
      return isMeant(node) ? [listOf(node, context)] : written();
    default:
      return written();
  }
}

/** What follows the marks is a language if it is one word, else it belongs to the text. */
function blockOf({lang, meta, value}: Code): Span {
  if (meta || !/^[\w+#-]+$/.test(lang ?? '')) {
    const head = [lang, meta].filter(Boolean).join(' ');
    return {kind: 'block', text: head === '' ? value : `${head}\n${value}`};
  }
  return {kind: 'block', text: value, language: lang!};
}

function listOf({children, ordered, start}: List, {source, depth}: Context): Span {
  const itemOf = (item: ListItem): Span => ({
    kind: 'item',
    spans: blocksOf(item, {source, depth: depth + 1}),
  });
  return {kind: 'list', ...(ordered && {from: start ?? 1}), spans: children.map(itemOf)};
}

/** A lone hyphen is no list, and neither is a date such as `2026. 11. 30`. */
function isMeant({children}: List): boolean {
  return children.every(({children: [first]}) => first !== undefined && first.type !== 'list');
}

/** Whether a single asterisk stands between letters or digits, as in `5*3*2`. */
function isProduct(source: string, start: number, end: number): boolean {
  const isIn = (at: number) => /[A-Za-z0-9]/.test(source[at] ?? '');
  return source[start] === '*' && (isIn(start - 1) || isIn(end));
}

/** The parser removes the spaces at the ends of lines, which may be a drawing or a log. */
function asWritten(value: string, slice: string): string {
  return slice.replaceAll(/[ \t]*(\r?\n|\r)[ \t]*/g, '$1') === value ? slice : value;
}

function linkAsWritten(url: string, written: Span[]): Span[] {
  const [span] = written;
  const address = addressAt(url, 0);
  if (span?.kind !== 'text' || address === undefined) return written;
  const at = span.text.lastIndexOf(address.text);
  if (at < 0) return written;
  const {text} = span;
  return [
    ...textOf(text.slice(0, at)),
    {kind: 'link', ...address},
    ...textOf(text.slice(at + address.text.length)),
  ];
}

/** Returns where a link leads, if that is a page or a mailbox. */
function hrefOf(destination: string): string | undefined {
  const url = URL.parse(/^www\./i.test(destination) ? `https://${destination}` : destination);
  return url !== null && ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined;
}

function holdsAddress(node: Nodes): boolean {
  return node.type === 'address' || ('children' in node && node.children.some(holdsAddress));
}

const fence = /^ {0,3}(`{3,}|~{3,})/;
const openedLate = /^([^`]*[^`\s])[ \t]*(`{3,}[\w-]*)$/;
const closedLate = /^(.*[^`\s])[ \t]*(`{3,})$/;

/**
 * Puts blocks where they are meant: a quotation ends with its last `>`, though CommonMark would take in the line that
 * answers it, and the marks of a code block may share a line with text.
 */
function asMeant(written: string): string {
  const lines: string[] = [];
  let open = '';
  let isQuote = false;
  for (const line of written.split('\n')) {
    for (const part of partsOf(line, open)) {
      const mark = fence.exec(part)?.[1] ?? '';
      if (open === '') open = mark;
      else if (mark.startsWith(open)) open = '';
      const wasQuote = isQuote;
      isQuote = open === '' && /^ {0,3}>/.test(part);
      lines.push(wasQuote && !isQuote && part.trim() !== '' ? `\n${part}` : part);
    }
  }
  return lines.join('\n');
}

/** Separates a line's text from the marks of a code block at its end. */
function partsOf(line: string, open: string): string[] {
  const [, text, mark] = (open === '' ? openedLate : closedLate).exec(line) ?? [];
  return text === undefined || mark === undefined || mark.length < open.length ? [line] : [text, mark];
}

/** Joins neighbouring texts. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (span.kind === 'text' && last?.kind === 'text') all.splice(-1, 1, ...textOf(last.text + span.text));
    else all.push(span);
  }
  return all;
}

const textOf = (text: string): Span[] => (text === '' ? [] : [{kind: 'text', text}]);
const startOf = (node: Nodes | undefined) => node?.position?.start.offset ?? 0;
const endOf = (node: Nodes) => node.position?.end.offset ?? 0;

const emoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3)/u;

/** Whether a message consists of one to three emoji only, which are shown large. */
export function isFewEmoji(text: string): boolean {
  const compact = text.replaceAll(/\s/g, '');
  if (compact === '' || compact.length > 48) return false;
  const letters = [...new Intl.Segmenter().segment(compact)];
  return letters.length <= 3 && letters.every(({segment}) => emoji.test(segment));
}
