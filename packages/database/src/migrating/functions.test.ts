import {readdirSync, readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {functionsHash, functionsVersion} from './functions.ts';

/** The SHA-256 of all files of schema/functions, by version. A released version never changes its hash. */
const hashes: Record<number, string> = {
  1: 'f8e66596bb05f2f6ff7ca8638f512a26436513dceb61df284a0ef03bcd21720b',
  2: '2480551761e705926e3de1665f155f7167b638aff0d3b1a1f1164c5aabcd12f0',
};

test('a change of a function raises functionsVersion, so that upgrades install it', () => {
  expect(functionsHash).toBe(hashes[functionsVersion]);
});

test('only the first migrations define functions: the others leave them to schema/functions', () => {
  const folder = new URL('../../migrations/', import.meta.url);
  const late = readdirSync(folder).filter((name) => name >= '20261129400000000');

  expect(late).not.toEqual([]);
  for (const name of late) {
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/\bfunction\s+\w+\s*\(/i);
  }
});
