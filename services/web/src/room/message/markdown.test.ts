import fc from 'fast-check';
import {expect, test} from 'vitest';
import {isFewEmoji, parseMarkdown, type Span} from './markdown.ts';

const text = (value: string): Span => ({kind: 'text', text: value});

test('shows bold, italic, struck and code', () => {
  expect(parseMarkdown('a **b *c*** ~~d~~ `e*f*`')).toEqual([
    text('a '),
    {kind: 'bold', spans: [text('b '), {kind: 'italic', spans: [text('c')]}]},
    text(' '),
    {kind: 'struck', spans: [text('d')]},
    text(' '),
    {kind: 'code', text: 'e*f*'},
  ]);
});

test.each([
  ['**마크다운(Markdown)**을 써요', '마크다운(Markdown)', '을 써요'],
  ['**“인용”**이라고 했다', '“인용”', '이라고 했다'],
  ['**서울(Seoul)**에서', '서울(Seoul)', '에서'],
  ['**100%**만', '100%', '만'],
  ['**「はじめに」**は', '「はじめに」', 'は'],
  ['**中文（括号）**之后', '中文（括号）', '之后'],
])('shows bold where the word goes on without a space: %s', (written, bold, rest) => {
  expect(parseMarkdown(written)).toEqual([{kind: 'bold', spans: [text(bold)]}, text(rest)]);
});

test.each([
  ['*강조(a)*를', 'italic', '강조(a)'],
  ['~~취소(x)~~를', 'struck', '취소(x)'],
] as const)('and so are other marks: %s', (written, kind, inner) => {
  expect(parseMarkdown(written)).toEqual([{kind, spans: [text(inner)]}, text('를')]);
});

test('a tilde alone is a range, and a number with a full stop a date', () => {
  for (const plain of [
    '1~2일, 3~4일',
    '2026. 11. 30',
    '3. 1. 운동',
    '-',
    '>',
    '1.',
    '- - -',
    '5*3*2',
    '&lt;b&gt; & &amp;',
  ])
    expect(parseMarkdown(plain)).toEqual([text(plain)]);
});

test('shows lists and quotations, and the answer after one stands outside it', () => {
  expect(parseMarkdown('> said\n> more\nanswer\n- one\n- **two**\n\n3. three')).toEqual([
    {kind: 'quote', spans: [text('said\nmore')]},
    text('answer'),
    {
      kind: 'list',
      spans: [
        {kind: 'item', spans: [text('one')]},
        {kind: 'item', spans: [{kind: 'bold', spans: [text('two')]}]},
      ],
    },
    {kind: 'list', from: 3, spans: [{kind: 'item', spans: [text('three')]}]},
  ]);
});

test('keeps lines, blank lines and the spaces before them', () => {
  for (const plain of ['a\n\n\nb', '  a\n    b *\n  c', 'a\n---', '# a\n## b', '    code *'])
    expect(parseMarkdown(plain)).toEqual([text(plain)]);
});

test('takes a block of code whose marks share a line with text', () => {
  expect(parseMarkdown('see ```js\na = 1;```\nthere')).toEqual([
    text('see'),
    {kind: 'block', text: 'a = 1;', language: 'js'},
    text('there'),
  ]);
  expect(parseMarkdown('```two words\nb\n```')).toEqual([{kind: 'block', text: 'two words\nb'}]);
});

test('names a page, unless the name is another address or it leads to no page', () => {
  const href = 'https://a.example/';
  expect(parseMarkdown(`[the **page**](${href})`)).toEqual([
    {kind: 'named', href, spans: [text('the '), {kind: 'bold', spans: [text('page')]}]},
  ]);
  expect(parseMarkdown(`[https://bank.example](${href})`)).toEqual([
    text('[https://bank.example]('),
    {kind: 'link', text: href, href},
    text(')'),
  ]);
  for (const plain of [
    '[x](javascript:alert)',
    '[x](data:text/html,y)',
    '[x](/rooms/1)',
    '[x](y)',
    '[x]',
    '[x][y]',
  ])
    expect(parseMarkdown(plain)).toEqual([text(plain)]);
});

test('leaves alone what only looks like a mark', () => {
  for (const plain of ['2 * 3 * 4', 'snake_case_name', '** no **', '*', '~~', '`', 'a*b*c', '$a_1 + b_2$']) {
    expect(parseMarkdown(plain)).toEqual([text(plain)]);
  }
});

test('keeps a block of code as it is', () => {
  expect(parseMarkdown('see\n```js\nconst a = **1**;\n```')).toEqual([
    text('see'),
    {kind: 'block', text: 'const a = **1**;', language: 'js'},
  ]);
});

test('makes links of http and https addresses without the punctuation around them', () => {
  const link = (href: string): Span => ({kind: 'link', text: href, href});
  expect(parseMarkdown('(https://a.example/x_(y)), then http://b.example/?q=1.')).toEqual([
    text('('),
    link('https://a.example/x_(y)'),
    text('), then '),
    link('http://b.example/?q=1'),
    text('.'),
  ]);
});

test.each([
  'javascript:alert(1)',
  'data:text/html,<script>',
  'JaVaScRiPt:alert(1)',
  'vbscript:x',
  'file:///etc',
])('makes no link of %s', (address) => {
  expect(parseMarkdown(`x ${address} y`)).toEqual([text(`x ${address} y`)]);
});

test('loses no character and makes only safe links, whatever is written', () => {
  const marks = fc.constantFrom(
    '*',
    '**',
    '_',
    '~~',
    '`',
    '```',
    '\n',
    ' ',
    'https://',
    'a',
    '가',
    '<b>',
    ')',
    '.',
    '[',
    '](',
    '> ',
    '- ',
    '1. ',
    '#',
    '&amp;',
  );
  fc.assert(
    fc.property(fc.array(marks, {maxLength: 40}), (parts) => {
      const source = parts.join('');
      const spans = parseMarkdown(source);
      const letters = (value: string) => value.replaceAll(/[*_~`\s>1.[\]()-]/g, '');
      expect(letters(shown(spans))).toBe(letters(source));
      for (const span of flat(spans)) if ('href' in span) expect(span.href).toMatch(/^https?:/);
    }),
  );
});

test('takes a long hostile text in a moment', () => {
  const parts = ['**a', '*', '_a ', '`', '```', 'https://(', '~~x', '- ', '> ', '1. ', '- a\n', '> a\nb\n'];
  for (const part of [
    ...parts,
    '_*',
    '[',
    '[a](',
    '*가**',
    '\\',
    'www.a',
    'mailto:',
    '`a',
    '[a](b',
    '~~a ',
  ]) {
    const startedAt = performance.now();
    parseMarkdown(part.repeat(4_000 / part.length));
    expect(performance.now() - startedAt, part).toBeLessThan(1_000);
  }
});

test('knows a message of few emoji', () => {
  for (const few of ['🍊', '👨‍👩‍👧 ❤️', '🇰🇷🎉👍🏽']) expect(isFewEmoji(few)).toBe(true);
  for (const other of ['', '🍊🍊🍊🍊', 'ok 🍊', '12', '#', '가']) expect(isFewEmoji(other)).toBe(false);
});

function flat(spans: Span[]): Span[] {
  return spans.flatMap((span) => ('spans' in span ? [span, ...flat(span.spans)] : [span]));
}

function shown(spans: Span[]): string {
  return spans
    .map((span) => {
      if ('spans' in span) return shown(span.spans);
      return span.kind === 'block' ? `${span.language ?? ''}${span.text}` : span.text;
    })
    .join('');
}
