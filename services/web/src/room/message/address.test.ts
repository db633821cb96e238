import {expect, test} from 'vitest';
import {parseMarkdown, type Span} from './markdown.ts';

/** Each case has a text and the links in it: the link's text, and its address if that is different. */
const cases: readonly [written: string, ...links: (string | [text: string, href: string])[]][] = [
  // Characters that are part of an address.
  ["https://a.example/it's/x", "https://a.example/it's/x"],
  ["https://a.example/?q='x'", ["https://a.example/?q='x'", 'https://a.example/?q=%27x%27']],
  ['https://a.example/x_', 'https://a.example/x_'],
  ['https://a.example/~', 'https://a.example/~'],
  ['https://a.example/x~ y', 'https://a.example/x~'],
  ['https://a.example/__init__', 'https://a.example/__init__'],
  ['https://a.example/a_b_c and d_e', 'https://a.example/a_b_c'],
  ['https://a.example/*', 'https://a.example/*'],
  ['https://a.example/a,b;c', 'https://a.example/a,b;c'],
  ['https://a.example/#!/x', 'https://a.example/#!/x'],
  ['https://a.example/?a=b&c=d', 'https://a.example/?a=b&c=d'],
  ['https://a.example/100%25', 'https://a.example/100%25'],
  ['https://a.example/x-', 'https://a.example/x-'],
  ['https://a.example/x/', 'https://a.example/x/'],
  ['https://a.example/x=', 'https://a.example/x='],
  ['https://a.example/@mina', 'https://a.example/@mina'],
  ['https://a.example/$x+y', 'https://a.example/$x+y'],
  ['https://a.example:8080/x', 'https://a.example:8080/x'],
  ['http://localhost:3000/x', 'http://localhost:3000/x'],
  ['http://192.168.0.1/x', 'http://192.168.0.1/x'],
  ['https://[::1]:8080/x', 'https://[::1]:8080/x'],
  ['https://a.example/?f=A|B', ['https://a.example/?f=A|B', 'https://a.example/?f=A|B']],
  // Punctuation of the sentence.
  ['see https://a.example/x.', 'https://a.example/x'],
  ['https://a.example/x...', 'https://a.example/x'],
  ['https://a.example/x!?', 'https://a.example/x'],
  ['https://a.example/x, then', 'https://a.example/x'],
  ['https://a.example/x: y', 'https://a.example/x'],
  ['https://a.example/x。', 'https://a.example/x'],
  ['https://a.example/x。次', 'https://a.example/x'],
  ['https://a.example/x、次', 'https://a.example/x'],
  ['https://a.example/x…', 'https://a.example/x'],
  ['https://a.example/x？', 'https://a.example/x'],
  ['https://a.example/x！', 'https://a.example/x'],
  ['https://a.example/x，y', 'https://a.example/x'],
  ['https://a.example/x·', 'https://a.example/x'],
  ['https://a.example/x؟', 'https://a.example/x'],
  ['https://a.example/x।', 'https://a.example/x'],
  ['https://a.example/x🙂', 'https://a.example/x'],
  // Brackets and quotation marks.
  ['(https://a.example/x)', 'https://a.example/x'],
  ['(https://a.example/x_(y))', 'https://a.example/x_(y)'],
  ['(https://a.example/x).', 'https://a.example/x'],
  ['https://a.example/x_(y', 'https://a.example/x_(y'],
  ['https://a.example/x(', 'https://a.example/x'],
  ['[https://a.example/x]', 'https://a.example/x'],
  ['{https://a.example/x}', 'https://a.example/x'],
  ['<https://a.example/x>', 'https://a.example/x'],
  ['（https://a.example/x）', 'https://a.example/x'],
  ['「https://a.example/x」', 'https://a.example/x'],
  ['『https://a.example/x』', 'https://a.example/x'],
  ['【https://a.example/x】', 'https://a.example/x'],
  ['《https://a.example/x》', 'https://a.example/x'],
  ['〈https://a.example/x〉', 'https://a.example/x'],
  ['"https://a.example/x"', 'https://a.example/x'],
  ["'https://a.example/x'", 'https://a.example/x'],
  ['“https://a.example/x”', 'https://a.example/x'],
  ['‘https://a.example/x’', 'https://a.example/x'],
  ['«https://a.example/x»', 'https://a.example/x'],
  ['„https://a.example/x“', 'https://a.example/x'],
  ["the site's 'https://a.example/x'.", 'https://a.example/x'],
  // Sentences that continue without a space.
  ['https://a.example/x에서 봐요', 'https://a.example/x'],
  ['https://a.example/x를 보세요', 'https://a.example/x'],
  ['https://a.example/에서 봐요', 'https://a.example/'],
  ['https://a.example/에 있어요', 'https://a.example/'],
  ['https://a.example에서', ['https://a.example', 'https://a.example/']],
  ['(https://a.example/x)에서', 'https://a.example/x'],
  ['https://a.example/x_(y)입니다', 'https://a.example/x_(y)'],
  ['https://a.example/x.그리고', 'https://a.example/x'],
  ['https://a.example/xを見て', 'https://a.example/x'],
  ['https://a.example/x是', 'https://a.example/x'],
  ['여기https://a.example/x', 'https://a.example/x'],
  // Letters of other scripts that are part of an address.
  [
    'https://ko.wikipedia.org/wiki/마당',
    ['https://ko.wikipedia.org/wiki/마당', 'https://ko.wikipedia.org/wiki/%EB%A7%88%EB%8B%B9'],
  ],
  [
    'https://ko.wikipedia.org/wiki/마당에서',
    ['https://ko.wikipedia.org/wiki/마당', 'https://ko.wikipedia.org/wiki/%EB%A7%88%EB%8B%B9'],
  ],
  ['https://ja.example/日本', ['https://ja.example/日本', 'https://ja.example/%E6%97%A5%E6%9C%AC']],
  ['https://한국.example/', ['https://한국.example/', 'https://xn--3e0b707e.example/']],
  ['https://www.한국.example/', ['https://www.한국.example/', 'https://www.xn--3e0b707e.example/']],
  ['https://a.example/café', ['https://a.example/café', 'https://a.example/caf%C3%A9']],
  ['https://ru.example/мир', ['https://ru.example/мир', 'https://ru.example/%D0%BC%D0%B8%D1%80']],
  [
    'https://fa.example/می‌خواهم',
    ['https://fa.example/می‌خواهم', 'https://fa.example/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85'],
  ],
  // Other beginnings.
  ['HTTPS://A.example/X', ['HTTPS://A.example/X', 'https://a.example/X']],
  ['Http://a.example/x', ['Http://a.example/x', 'http://a.example/x']],
  ['www.a.example/x', ['www.a.example/x', 'https://www.a.example/x']],
  ['WWW.a.example', ['WWW.a.example', 'https://www.a.example/']],
  ['(www.a.example)에서', ['www.a.example', 'https://www.a.example/']],
  ['www.a.example에서', ['www.a.example', 'https://www.a.example/']],
  ['mailto:a@b.example', 'mailto:a@b.example'],
  ['MAILTO:a@b.example.', ['MAILTO:a@b.example', 'mailto:a@b.example']],
  ['mailto:a@b.example?subject=Hi', 'mailto:a@b.example?subject=Hi'],
  ['https://a.example/x https://b.example/y', 'https://a.example/x', 'https://b.example/y'],
  ['https://a.example/x,https', 'https://a.example/x,https'],
  // Marks around it.
  ['**https://a.example/x**', 'https://a.example/x'],
  ['_https://a.example/x_', 'https://a.example/x'],
  ['~~https://a.example/x~~', 'https://a.example/x'],
  ['*https://a.example/x*', 'https://a.example/x'],
  // No address.
  ['www.'],
  ['www.a'],
  ['www...'],
  ['awww.a.example'],
  ['a@www.a.example'],
  ['mailto:'],
  ['mailto:a'],
  ['mailto:a@b'],
  ['https://'],
  ['https:// a'],
  ['xhttps://a.example'],
  ['ftp://a.example/x'],
  ['file.txt'],
  ['javascript:alert(1)'],
  ['javascript://a.example/%0aalert(1)'],
  ['JAVASCRIPT:alert(1)'],
  ['data:text/html,x'],
  ['vbscript:x'],
  ['blob:x'],
  ['`https://a.example/x`'],
];

test.each(cases)('finds the addresses in %s', (written, ...links) => {
  const wanted = links.map((link) =>
    typeof link === 'string' ? {text: link, href: link} : {text: link[0], href: link[1]},
  );
  const found = flat(parseMarkdown(written)).flatMap((span) =>
    span.kind === 'link' ? [{text: span.text, href: span.href}] : [],
  );
  expect(found).toEqual(wanted);
});

test('loses no character around them', () => {
  for (const [written] of cases) {
    const letters = (text: string) => text.replaceAll(/[*_~`]/g, '');
    expect(letters(shown(parseMarkdown(written)))).toBe(letters(written));
  }
});

function flat(spans: Span[]): Span[] {
  return spans.flatMap((span) => ('spans' in span ? [span, ...flat(span.spans)] : [span]));
}

function shown(spans: Span[]): string {
  return spans.map((span) => ('spans' in span ? shown(span.spans) : span.text)).join('');
}
