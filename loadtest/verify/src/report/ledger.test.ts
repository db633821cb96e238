import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {insertRow} from './ledger.ts';

const text = '# Runs\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## Figures\n\n| c |\n|---|\n\nEnd.\n';

test('a row goes to the end of its own table, and what stands around it stays', () => {
  const once = insertRow(text, '| a | b |', [3, 4]);

  expect(insertRow(once, '| c |', ['x'])).toBe(
    '# Runs\n\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n## Figures\n\n| c |\n|---|\n| x |\n\nEnd.\n',
  );
});

test('refuses to write into a ledger without that table', () => {
  expect(() => insertRow('', '| a | b |', [])).toThrow('no table');
});

test('the ledger of this repository takes runs and figures', () => {
  const ledger = readFileSync(new URL('../../../results/verify.md', import.meta.url), 'utf8');

  expect(ledger).toContain(
    '\n| when | run | seed | seconds | faults | kinds | acknowledged | delivered | violations |\n',
  );
  expect(ledger).toContain('\n| when | run | what | goal | measured | |\n');
});
