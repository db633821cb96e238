import {readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {mutants} from './mutants.ts';

const root = new URL('../../../../', import.meta.url);
const migrations = new URL('packages/database/migrations/', root);
const sql = readdirSync(migrations)
  .map((name) => readFileSync(new URL(name, migrations), 'utf8'))
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
