import {readdirSync} from 'node:fs';
import {expect, test} from 'vitest';
import {requiredMigration} from './migrate.ts';

test('this release requires the newest migration it brings', () => {
  const files = readdirSync(new URL('../../migrations', import.meta.url)).sort();

  expect(files.at(-1)).toBe(`${requiredMigration}.sql`);
});
