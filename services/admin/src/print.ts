/** The output of a command: a table or a sentence for people, JSON for programs. */
import {once} from 'node:events';
import type {ChatError} from '@madang/protocol/errors';
import {tableOf, type Row} from './table.ts';

export type Output =
  | {rows: readonly Row[]; columns: readonly string[]}
  /** JSON lines, each printed as it is read. */
  | {lines: AsyncIterable<object>}
  /** What was done. `secret` is shown on its own line, only this once. */
  | {done: string; secret?: string; data: object};

export async function print(output: Output, {json}: {json: boolean}): Promise<void> {
  if (!('lines' in output)) return void process.stdout.write(`${json ? jsonOf(output) : textOf(output)}\n`);
  for await (const line of output.lines) {
    if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
  }
}

type Whole = Exclude<Output, {lines: AsyncIterable<object>}>;

export function printError(error: ChatError, {json}: {json: boolean}): void {
  const {code, message, details} = error.toWire();
  const what = details
    ? ` (${Object.entries(details).map(([key, value]) => `${key}: ${shown(value)}`)})`
    : '';
  const text = json
    ? JSON.stringify({error: {code, message, details}})
    : `madang: ${code}: ${message}${what}`;
  process.stderr.write(`${text}\n`);
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function jsonOf(output: Whole): string {
  return JSON.stringify('rows' in output ? output.rows : output.data, null, 2);
}

function textOf(output: Whole): string {
  if ('rows' in output) return tableOf(output.rows, output.columns);
  return output.secret === undefined ? output.done : `${output.done}\n${output.secret}`;
}
