/**
 * Tries schedules: the code of delivery and of the SDK on virtual time, with everything done to it that can go wrong.
 *
 *   npm run simulate -- [--schedules N] [--seed S]      a million, from a random seed
 *   npm run simulate -- --seed S --path P               one of them again, step by step
 *   npm run simulate -- --mutants, or --mutant NAME     whether bugs that were made on purpose are found
 */
import {parseArgs} from 'node:util';
import type {Finding, Result} from './batch.ts';
import {runSchedules} from './crew.ts';
import {mutants} from './mutants/mutants.ts';

const huntForMs = 60_000;
const tellEveryMs = 10_000;

const {values} = parseArgs({
  options: {
    schedules: {type: 'string', default: '1000000'},
    seed: {type: 'string'},
    path: {type: 'string'},
    mutant: {type: 'string'},
    mutants: {type: 'boolean', default: false},
  },
});
const schedules = numberOf('schedules', values.schedules);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : numberOf('seed', values.seed);
if (values.mutants) process.exit((await huntAll()) ? 0 : 1);
if (values.mutant !== undefined && values.path === undefined)
  process.exit((await hunt(values.mutant)) ? 0 : 1);
process.exit((await tryAll()) ? 0 : 1);

/** Whether every promise was kept. */
async function tryAll(): Promise<boolean> {
  const {path, mutant} = values;
  const startedAt = performance.now();
  let toldAt = startedAt;
  const onProgress = (total: Result) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    say(figures(total, startedAt));
  };
  const result = await runSchedules({
    schedules,
    seed,
    path,
    mutant,
    isTraced: path !== undefined,
    onProgress,
  });
  if (result.finding) tell(result.finding);
  say(`simulate: ${figures(result, startedAt)}, ${result.finding ? 1 : 0} violations; seed ${seed}`);
  return result.finding === undefined;
}

async function huntAll(): Promise<boolean> {
  const survivors: string[] = [];
  for (const {name} of mutants) if (!(await hunt(name))) survivors.push(name);
  const caught = mutants.length - survivors.length;
  const others = survivors.length > 0 ? `; not ${survivors.join(', ')}` : '';
  say(`simulate: ${caught} of ${mutants.length} mutants caught${others}`);
  return survivors.length === 0;
}

async function hunt(name: string): Promise<boolean> {
  const mutant = mutants.find((each) => each.name === name);
  if (!mutant) return fail(`--mutant is one of ${mutants.map((each) => each.name).join(', ')}`);
  const startedAt = performance.now();
  const {runs, finding} = await runSchedules({schedules, seed, mutant: name, withinMs: huntForMs});
  const after = `after ${runs} schedules, ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  say(`${finding ? 'caught  ' : 'SURVIVED'} ${name} ${after}: ${mutant.says}`);
  const [first] = finding?.violations ?? [];
  if (first) say(`         ${first.invariant}: ${first.what}`);
  return finding !== undefined;
}

function tell({seed: ofBatch, path, schedule, violations, trace}: Finding): void {
  for (const line of trace) say(line);
  for (const {invariant, what, evidence} of violations.slice(0, 5)) {
    say(`\n${invariant}: ${what}`);
    for (const line of evidence.slice(0, 12)) say(`  ${line}`);
  }
  say(`\n${JSON.stringify(schedule)}`);
  say(`again, step by step: npm run simulate -- --seed ${ofBatch} --path ${path}\n`);
}

function figures({runs, steps, virtualMs}: Result, startedAt: number): string {
  const seconds = (performance.now() - startedAt) / 1_000;
  const hours = (virtualMs / 3_600_000).toFixed(1);
  return `${runs} schedules in ${Math.round(seconds)} s (${Math.round(runs / seconds)} a second), ${steps} steps, ${hours} hours of virtual time`;
}

function numberOf(name: string, given: string): number {
  const number = Number(given);
  if (!(number >= 0)) fail(`--${name} is a number`);
  return number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
