import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';

type Locked = {link?: boolean; inBundle?: boolean; integrity?: string};

test('every package that is installed is pinned by its content', () => {
  const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const unpinned = Object.entries(lock.packages)
    .filter(([path, {link, inBundle}]) => path.includes('node_modules/') && !link && !inBundle)
    .filter(([, {integrity}]) => !integrity?.startsWith('sha512-'))
    .map(([path]) => path);

  expect(unpinned).toEqual([]);
});
