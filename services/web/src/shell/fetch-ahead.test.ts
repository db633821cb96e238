import {globSync, readFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {expect, test} from 'vitest';

const src = join(import.meta.dirname, '..');

/** Returns what a file imports on demand, as paths below src. */
function importsLater(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, path]) =>
    posix.join(posix.dirname(file), path!),
  );
}

test('every part of the client that comes later is fetched ahead', () => {
  const list = 'shell/fetch-ahead.ts';
  const files = globSync('**/*.{ts,tsx}', {cwd: src}).filter((file) => file !== list);
  const parts = files.flatMap(importsLater);

  expect(parts.length).toBeGreaterThan(10);
  expect(new Set(importsLater(list))).toEqual(new Set(parts));
});
