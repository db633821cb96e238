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

test('leaves alone what only looks like a mark', () => {
  for (const plain of ['2 * 3 * 4', 'snake_case_name', '** no **', '*', '~~', '`', 'a*b*c', '$a_1 + b_2$']) {
    expect(parseMarkdown(plain)).toEqual([text(plain)]);
  }
});

test('keeps a block of code as it is', () => {
  expect(parseMarkdown('see\n```js\nconst a = **1**;\n```')).toEqual([
    text('see\n'),
    {kind: 'block', text: 'const a = **1**;'},
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
  );
  fc.assert(
    fc.property(fc.array(marks, {maxLength: 40}), (parts) => {
      const source = parts.join('');
      const spans = parseMarkdown(source);
      const letters = (value: string) => value.replaceAll(/[*_~`\s]/g, '');
      expect(letters(shown(spans))).toBe(letters(source));
      for (const span of flat(spans)) if (span.kind === 'link') expect(span.href).toMatch(/^https?:/);
    }),
  );
});

test('takes a long hostile text in a moment', () => {
  const startedAt = performance.now();
  for (const part of ['**a', '*', '_a ', '`', '```', 'https://(', '~~x'])
    parseMarkdown(part.repeat(4_000 / part.length));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('knows a message of few emoji', () => {
  for (const few of ['🍊', '👨‍👩‍👧 ❤️', '🇰🇷🎉👍🏽']) expect(isFewEmoji(few)).toBe(true);
  for (const other of ['', '🍊🍊🍊🍊', 'ok 🍊', '12', '#', '가']) expect(isFewEmoji(other)).toBe(false);
});

function flat(spans: Span[]): Span[] {
  return spans.flatMap((span) => ('spans' in span ? [span, ...flat(span.spans)] : [span]));
}

function shown(spans: Span[]): string {
  return spans.map((span) => ('spans' in span ? shown(span.spans) : span.text)).join('');
}
