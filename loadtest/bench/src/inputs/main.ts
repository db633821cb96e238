/**
 * Measures what it costs to refuse 64 KiB of hostile text, in every field of every operation: node
 * loadtest/bench/src/inputs/main.ts
 *
 * The longest time is what one request can take of an event loop before any limit has seen it.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {operations} from '@madang/gateway/operations';
import {nameOf} from '@madang/gateway/calls/run-operation';
import {
  placesOf,
  samplesByName,
  texts,
  withValue,
} from '../../../../services/gateway/test/support/long-texts.ts';
import {describeMachine} from '../machine.ts';

type Time = {operation: string; field: string; text: string; us: number};

const rounds = 15;
const goalUs = 1_000;
const resultsFolder = fileURLToPath(new URL('../../../results/', import.meta.url));

const times = operations.filter(({http}) => http?.takes !== 'file').flatMap(timesOf);
const slowest = times.toSorted((a, b) => b.us - a.us).slice(0, 20);
for (const {operation, field, text, us} of slowest)
  say(`${String(us).padStart(6)} µs  ${operation} ${field || '(the input itself)'}: ${text}`);
const worst = slowest[0]!.us;
say(`${times.length} texts in all; the slowest takes ${worst} µs (goal ${goalUs} µs)`);
mkdirSync(resultsFolder, {recursive: true});
const run = {startedAt: new Date(), machine: describeMachine(), goalUs, texts: times.length, slowest};
writeFileSync(`${resultsFolder}inputs.json`, `${JSON.stringify(run, null, 1)}\n`);
process.exitCode = worst <= goalUs ? 0 : 1;

function timesOf(operation: (typeof operations)[number]): Time[] {
  const name = nameOf(operation);
  return placesOf(operation).flatMap(({path}) =>
    texts.map(([text, value]) => {
      const input = withValue(samplesByName[name], path, value);
      return {
        operation: name,
        field: path.join('.'),
        text,
        us: Math.round(medianUs(() => operation.input.safeParse(input))),
      };
    }),
  );
}

/** The median, because the rest of the machine's work must not count. */
function medianUs(act: () => void): number {
  const found = Array.from({length: rounds}, () => {
    const begunAt = performance.now();
    act();
    return (performance.now() - begunAt) * 1_000;
  });
  return found.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
