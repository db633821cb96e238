import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {mutants} from './mutants.ts';

const root = new URL('../../../../', import.meta.url);

test.each(mutants)('the mutant $name fits the sources as they are', ({patches}) => {
  for (const {file, find} of patches) {
    expect(readFileSync(new URL(file, root), 'utf8').split(find)).toHaveLength(2);
  }
});

test('each mutant has a name of its own', () => {
  expect(new Set(mutants.map(({name}) => name)).size).toBe(mutants.length);
});
