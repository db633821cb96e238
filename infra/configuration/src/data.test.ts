import {readdirSync, readFileSync} from 'node:fs';
import {createKeys} from '@madang/redis/keys';
import {expect, test} from 'vitest';

const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/data.md', root), 'utf8');
const named = (section: string) => {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const rows = text
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
};

test('docs/data.md says of every table how long it keeps what', () => {
  const folder = new URL('packages/database/schema/tables/', root);
  const tables = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^create table (\w+)/gm)].map(
      ([, name]) => name!,
    ),
  );

  expect(tables).toContain('messages');
  expect(tables.filter((table) => !named('Postgres').includes(table))).toEqual([]);
});

test('docs/data.md names every kind of key in Redis', () => {
  const {prefix: _prefix, occupancy, ...keys} = createKeys('');
  const all = [...Object.values(keys), ...Object.values(occupancy)].map((key) =>
    typeof key === 'function' ? key('x', 'y') : key,
  );

  expect(all).toContain('session:');
  expect(all.filter((key) => !named('Redis').some((name) => key.startsWith(name)))).toEqual([]);
});
