import {readdirSync, readFileSync} from 'node:fs';
import {createReference} from '@madang/gateway/documents/reference';
import {operations} from '@madang/gateway/operations';
import {expect, test} from 'vitest';
import {renderReference} from './reference.ts';

const folder = new URL('../../../docs/reference/', import.meta.url);
const pages = renderReference(createReference(operations));

/** Returns the headings of a page as anchors, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/\[|\]\(.*\)|[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('docs/reference is that of the operation table and the schemas (npm run reference:doc)', () => {
  const found = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
  );

  expect(found).toEqual(pages);
});

test('every link of the reference leads to a heading', () => {
  const links = Object.entries(pages).flatMap(([from, page]) =>
    [...page.matchAll(/\]\(([\w-]*(?:[.]md)?)(?:#([^)]*))?\)/g)].map(([, file, anchor]) => ({
      file: file || from,
      anchor,
    })),
  );
  const broken = links.filter(({file, anchor}) => {
    const page = pages[file];
    return page === undefined || (anchor !== undefined && !anchorsOf(page).includes(anchor));
  });

  expect(links.length).toBeGreaterThan(100);
  expect(broken).toEqual([]);
});
