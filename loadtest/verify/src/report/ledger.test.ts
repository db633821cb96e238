import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {addUp, insertRow} from './ledger.ts';

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

test('adds up all runs again after each', () => {
  const head = '| when | run | seed | seconds | faults | kinds | acknowledged | delivered | violations |';
  const one = `${head}\n|---|\n| then | long | 1 | 60 | 3 | 2 | 1000 | 9000 | 0 |\n\nEnd.\n`;
  expect(addUp(one)).toContain(
    '\n\nTogether: 1 runs, 3 faults, 1,000 acknowledged, 9,000 delivered.\n\nEnd.\n',
  );

  const two = insertRow(addUp(one), head, ['now', 'long', 2, 60, 4, 2, 500, 1, 0]);
  expect(addUp(two).match(/Together.*/g)).toEqual([
    'Together: 2 runs, 7 faults, 1,500 acknowledged, 9,001 delivered.',
  ]);
});

test('the ledger of this repository takes runs and figures', () => {
  const ledger = readFileSync(new URL('../../../results/verify.md', import.meta.url), 'utf8');

  expect(ledger).toContain(
    '\n| when | run | seed | seconds | faults | kinds | acknowledged | delivered | violations |\n',
  );
  expect(ledger).toContain('\n| when | run | what | goal | measured | |\n');
});
