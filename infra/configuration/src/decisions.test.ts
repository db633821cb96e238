import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';

const page = readFileSync(new URL('../../../docs/decisions.md', import.meta.url), 'utf8');
const [index = '', ...entries] = page.split(/^(?=## \d+\. )/m);

test('the index of decisions lists every one once, by its heading', () => {
  const listed = [...index.matchAll(/^- \[(.+)\]\(#(.+)\)$/gm)].map(([, title, anchor]) => ({title, anchor}));
  const headings = entries.map((entry) => /^## (.+)$/m.exec(entry)![1]!);

  expect(new Set(listed.map(({title}) => title))).toEqual(new Set(headings));
  expect(listed).toHaveLength(headings.length);
  expect(listed.map(({anchor}) => anchor)).toEqual(listed.map(({title}) => anchorOf(title!)));
});

test('every decision has a date and a status below its heading', () => {
  for (const entry of entries) {
    expect(entry).toMatch(/^## .+\n\n\*\d{4}-\d\d-\d\d, (in force|replaced by \d+)\.\*\n/);
  }
});

/** Returns the anchor that Markdown viewers make of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
