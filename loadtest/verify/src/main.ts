/**
 * Proves the promises: a cluster under load, things done to it, and every message accounted for.
 *
 *   npm run verify -- [--run smoke|standard|long|calm] [--seed N] [--seconds N]
 */
import {parseArgs} from 'node:util';
import type {Invariant, Violation} from './checker/violation.ts';
import {plans} from './plan.ts';
import {countAcknowledged, run, type Result} from './run.ts';

const {values} = parseArgs({
  options: {
    run: {type: 'string', default: 'smoke'},
    seed: {type: 'string'},
    seconds: {type: 'string'},
  },
});
const chosen = plans[values.run];
if (!chosen) fail(`--run is one of ${Object.keys(plans).join(', ')}`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const plan = values.seconds === undefined ? chosen : {...chosen, seconds: Number(values.seconds)};

say(`verify: ${plan.name}, seed ${seed}`);
const result = await run(plan, seed, say);
for (const violation of result.violations.slice(0, 20)) tell(violation);
say(summarise(result));
process.exit(result.violations.length === 0 ? 0 : 1);

function summarise({history, violations}: Result): string {
  const count = (...invariants: Invariant[]) =>
    violations.filter(({invariant}) => invariants.includes(invariant)).length;
  const beyond = count('membership', 'revocation');
  const others = violations.length - count('durable', 'lost', 'gap', 'duplicate', 'order') - beyond;
  return [
    `verify: ${countAcknowledged(history)} acknowledged, ${history.delivered} delivered, 0 faults of 0 kinds`,
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
