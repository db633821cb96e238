import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Result} from '../run.ts';
import {renderReport} from './html.ts';
import {measureSeconds} from './measure.ts';
import type {Summary} from './summary.ts';

const results = fileURLToPath(new URL('../../../../results/', import.meta.url));
const ledger = fileURLToPath(new URL('../../../results/verify.md', import.meta.url));

const ledgerHead = `# Runs of the fault injector

Each row is one run of all kinds by \`npm run verify\`; its seed repeats what was done. Lost, duplicated, reordered and beyond
membership are counted by the checker, which [finds bugs made on purpose](../verify/README.md#mutants).

| when | run | seed | seconds | faults | kinds | acknowledged | delivered | violations |
|---|---|---|---|---|---|---|---|---|
`;

/** Writes the report and the figures of a run; gives the folder. */
export function writeReport({history, seed, beganAt}: Result, summary: Summary): string {
  const folder = `${results}verify-${seed}`;
  mkdirSync(folder, {recursive: true});
  writeFileSync(`${folder}/report.html`, renderReport(summary, measureSeconds(history, beganAt), beganAt));
  const {records: _, ...figures} = summary;
  writeFileSync(`${folder}/summary.json`, `${JSON.stringify(figures, null, 1)}\n`);
  return folder;
}

/** Adds a run to the ledger. One with violations as well: what was found is part of the account. */
export function addToLedger({
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
  const cells = [
    startedAt.slice(0, 16).replace('T', ' '),
    run,
    seed,
    seconds,
    records.length,
    kinds,
    acknowledged,
    delivered,
    violations.length,
  ];
  const before = existsSync(ledger) ? readFileSync(ledger, 'utf8') : ledgerHead;
  writeFileSync(ledger, `${before}| ${cells.join(' | ')} |\n`);
}
