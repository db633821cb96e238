/** The record of all runs, kept with the sources: what was done, the result, and every figure that has a goal. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Goal} from './goal.ts';
import type {Summary} from './summary.ts';

const ledger = fileURLToPath(new URL('../../../results/verify.md', import.meta.url));

const runsHead = '| when | run | seed | seconds | faults | kinds | acknowledged | delivered | violations |';
const figuresHead = '| when | run | what | goal | measured | |';
const empty = `# Runs of the fault injector

Each row is one run of all kinds by \`npm run verify\`; its seed repeats what was done. Lost, duplicated, reordered and beyond
membership are counted by the checker, which [finds bugs made on purpose](../verify/README.md#mutants).

${runsHead}
|---|---|---|---|---|---|---|---|---|

## Figures

${figuresHead}
|---|---|---|---|---|---|
`;

/** Adds a run, including one with violations, because findings are part of the record. */
export function addRun({
  startedAt,
  run,
  seed,
  seconds,
  records,
  acknowledged,
  delivered,
  violations,
}: Summary): void {
  const kinds = new Set(records.map(({kind}) => kind)).size;
  const counts = [seconds, records.length, kinds, acknowledged, delivered, violations.length];
  write((text) => addUp(insertRow(text, runsHead, [inMinutes(startedAt), run, seed, ...counts])));
}

/** Adds what was measured in a run, named with its seed, or in a trial. */
export function addFigures(startedAt: string, run: string, goals: Goal[]): void {
  write((before) =>
    goals.reduce(
      (text, {what, goal, here, isMet}) =>
        insertRow(text, figuresHead, [
          inMinutes(startedAt),
          run,
          what,
          goal,
          here,
          isMet ? 'met' : '**missed**',
        ]),
      before,
    ),
  );
}

/** Returns the text with one more row at the end of the table with this head. */
export function insertRow(text: string, head: string, cells: readonly (string | number)[]): string {
  const lines = text.split('\n');
  const first = lines.indexOf(head);
  if (first < 0) throw new Error(`there is no table with the head ${head}`);
  const after = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.toSpliced(after, 0, `| ${cells.join(' | ')} |`).join('\n');
}

/** Returns the text with the sums of all runs in the line below their table. */
export function addUp(text: string): string {
  const lines = text.split('\n');
  const first = lines.indexOf(runsHead) + 2;
  const rows = lines.slice(
    first,
    lines.findIndex((line, index) => index >= first && !line.startsWith('|')),
  );
  const sum = (column: number) =>
    rows.reduce((all, row) => all + Number(row.split('|')[column]), 0).toLocaleString('en');
  const together = `Together: ${rows.length} runs, ${sum(5)} faults, ${sum(7)} acknowledged, ${sum(8)} delivered.`;
  const known = lines.findIndex((line) => line.startsWith('Together: '));
  return known < 0
    ? lines.toSpliced(first + rows.length, 0, '', together).join('\n')
    : lines.with(known, together).join('\n');
}

function write(change: (text: string) => string): void {
  writeFileSync(ledger, change(existsSync(ledger) ? readFileSync(ledger, 'utf8') : empty));
}

function inMinutes(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
