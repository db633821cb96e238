import {globSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';

const src = fileURLToPath(new URL('..', import.meta.url));
const rule = /([^{}]+)\{([^{}]*)\}/g;
/** These contain a picture or a letter of a fixed size. */
const holdsOneThing = /place-items: center|justify-items: (?:center|end)/;

// A column of automatic width is as wide as the longest unwrapped line in it, so one message could widen the page.
test('no grid has a column that what people write can widen', () => {
  const open: string[] = [];
  for (const file of globSync('**/*.css', {cwd: src})) {
    for (const [, selector = '', body = ''] of readFileSync(`${src}${file}`, 'utf8').matchAll(rule)) {
      if (!/display: (?:inline-)?grid/.test(body) || holdsOneThing.test(body)) continue;
      if (!/grid-template(?:-columns)?:[^;]*minmax\(/.test(body)) open.push(`${file} ${selector.trim()}`);
    }
  }
  expect(open).toEqual([]);
});
