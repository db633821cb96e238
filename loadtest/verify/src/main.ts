/**
 * Proves the promises: a cluster under load, things done to it, and every message accounted for.
 *
 *   npm run verify -- [--run smoke|standard|long|calm] [--seed N] [--seconds N] [--only part-of-a-fault's-kind]
 *   npm run verify -- --mutants, or --mutant name: whether the checker finds bugs that were made on purpose
 */
import {parseArgs} from 'node:util';
import type {Invariant, Violation} from './checker/violation.ts';
import {huntAll} from './mutants/all.ts';
import {hunt} from './mutants/hunt.ts';
import {mutants} from './mutants/mutants.ts';
import {plans} from './plan.ts';
import {countAcknowledged, run, type Result} from './run.ts';

const {values} = parseArgs({
  options: {
    run: {type: 'string', default: 'smoke'},
    seed: {type: 'string'},
    seconds: {type: 'string'},
    only: {type: 'string'},
    mutants: {type: 'boolean', default: false},
    mutant: {type: 'string'},
  },
});
if (values.mutants) process.exit((await huntAll(say)) ? 0 : 1);
if (values.mutant !== undefined) process.exit((await huntOne(values.mutant)) ? 0 : 1);

const chosen = plans[values.run];
if (!chosen) fail(`--run is one of ${Object.keys(plans).join(', ')}`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const plan = values.seconds === undefined ? chosen : {...chosen, seconds: Number(values.seconds)};

say(`verify: ${plan.name}, seed ${seed}`);
const result = await run(plan, seed, say, values.only);
for (const violation of result.violations.slice(0, 20)) tell(violation);
say(summarise(result));
process.exit(result.violations.length === 0 ? 0 : 1);

/** Whether the checker says of this mutant what it must. */
async function huntOne(name: string): Promise<boolean> {
  const mutant = mutants.find((each) => each.name === name);
  if (!mutant) fail(`--mutant is one of ${mutants.map((each) => each.name).join(', ')}`);
  say(`\n${name}: ${mutant.says}; "${mutant.scenario}"`);
  const {found, afterMs} = await hunt(mutant);
  const caught = found.filter(({invariant}) => mutant.caughtBy.includes(invariant));
  for (const violation of (caught.length > 0 ? caught : found).slice(0, 2)) tell(violation);
  say(`${caught.length > 0 ? 'caught' : 'survived'} after ${(afterMs / 1_000).toFixed(1)} s`);
  return caught.length > 0;
}

function summarise({history, faults, violations}: Result): string {
  const count = (...invariants: Invariant[]) =>
    violations.filter(({invariant}) => invariants.includes(invariant)).length;
  const beyond = count('membership', 'revocation');
  const others = violations.length - count('durable', 'lost', 'gap', 'duplicate', 'order') - beyond;
  return [
    `verify: ${countAcknowledged(history)} acknowledged, ${history.delivered} delivered, ${faults.length} faults of ${new Set(faults.map(({kind}) => kind)).size} kinds`,
    `${count('durable', 'lost', 'gap')} lost`,
    `${count('duplicate')} duplicated`,
    `${count('order')} reordered`,
    `${beyond} beyond membership`,
    ...(others > 0 ? [`${others} other violations`] : []),
  ].join(', ');
}

function tell({invariant, what, evidence}: Violation): void {
  say(`\n${invariant}: ${what}`);
  for (const line of evidence.slice(0, 12)) say(`  ${line}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
