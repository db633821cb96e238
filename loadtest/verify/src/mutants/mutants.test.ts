import {readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {mutants} from './mutants.ts';

const root = new URL('../../../../', import.meta.url);
const functions = new URL('packages/database/schema/functions/', root);
const sql = readdirSync(functions)
  .map((name) => readFileSync(new URL(name, functions), 'utf8'))
  .join('\n');

test.each(mutants)('the mutant $name fits the sources as they are', ({patches = [], sql: functions = []}) => {
  for (const {file, find} of patches) {
    expect(readFileSync(new URL(file, root), 'utf8').split(find)).toHaveLength(2);
  }
  for (const {find} of functions) expect(sql).toContain(find);
});

test('there are at least 16 mutants, each under a name of its own', () => {
  expect(new Set(mutants.map(({name}) => name)).size).toBe(mutants.length);
  expect(mutants.length).toBeGreaterThanOrEqual(16);
});
