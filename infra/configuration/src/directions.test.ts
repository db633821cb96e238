import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';

const root = new URL('../../../', import.meta.url);

test('the architecture page lists the directions that the check enforces', async () => {
  const {directions} = (await import(new URL('.dependency-cruiser.mjs', root).href)) as {directions: object};
  const page = readFileSync(new URL('docs/architecture.md', root), 'utf8');
  const [, section = ''] = page.split('## Directions');

  const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, from = '', to = '']) => [
    from,
    [...to.matchAll(/`([^`]+)`/g)].map(([, path]) => path),
  ]);

  expect(Object.fromEntries(rows)).toEqual(directions);
});
