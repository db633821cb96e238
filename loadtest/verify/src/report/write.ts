import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Result} from '../result.ts';
import {renderReport} from './html.ts';
import {measureSeconds} from './measure.ts';
import type {Summary} from './summary.ts';

const results = fileURLToPath(new URL('../../../../results/', import.meta.url));

/** Writes the report and the figures of a run. Returns the folder. */
export function writeReport({history, seed, beganAt}: Result, summary: Summary): string {
  const folder = `${results}verify-${seed}`;
  mkdirSync(folder, {recursive: true});
  writeFileSync(`${folder}/report.html`, renderReport(summary, measureSeconds(history, beganAt), beganAt));
  const {records: _, ...figures} = summary;
  writeFileSync(`${folder}/summary.json`, `${JSON.stringify(figures, null, 1)}\n`);
  return folder;
}
