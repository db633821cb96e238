/**
 * Verifies the promises: a cluster under load, faults injected, and every message accounted for.
 *
 *   npm run verify -- [--run smoke|standard|long|rolling|kills|sentinels|cluster|calm] [--seed N] [--seconds N] [--only part-of-a-fault's-kind]
 *   npm run verify -- --trials, or --trial name: figures that a run of everything cannot give
 *   npm run verify -- --trial abuse [--attack name] [--seconds N]: one attack, or all, for as long as that
 *   npm run verify -- --mutants, or --mutant name: whether the checker finds bugs that were made on purpose
 */
import {parseArgs} from 'node:util';
import {installMissing} from '@madang/processes/install';
import type {Violation} from './checker/violation.ts';
import {huntAll} from './mutants/all.ts';
import {hunt} from './mutants/hunt.ts';
import {mutants} from './mutants/mutants.ts';
import {plans} from './plan.ts';
import {describeGoal} from './report/goal.ts';
import {addFigures, addRun} from './report/ledger.ts';
import {summarise} from './report/summary.ts';
import {writeReport} from './report/write.ts';
import {run} from './run.ts';
import {runInOwnNetwork, whyNoOwnNetwork} from './trials/own-network.ts';
import type {Trial} from './trials/trial.ts';
import {trials} from './trials/trials.ts';

const {values} = parseArgs({
  options: {
    run: {type: 'string', default: 'smoke'},
    seed: {type: 'string'},
    seconds: {type: 'string'},
    only: {type: 'string'},
    mutants: {type: 'boolean', default: false},
    mutant: {type: 'string'},
    trials: {type: 'boolean', default: false},
    trial: {type: 'string'},
    attack: {type: 'string'},
    // The arguments with which this program starts itself.
    'own-network': {type: 'boolean', default: false},
  },
});
// Changes that a fault made to the machine are undone at exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
installMissing(['redis-server', 'haproxy'], say);
if (values.mutants) process.exit((await huntAll(say)) ? 0 : 1);
if (values.mutant !== undefined) process.exit((await huntOne(values.mutant)) ? 0 : 1);
if (values.trials) process.exit((await tryAll(trials)) ? 0 : 1);
if (values.trial !== undefined) process.exit((await tryAll(findTrials(values.trial))) ? 0 : 1);

const chosen = plans[values.run];
if (!chosen) fail(`--run is one of ${Object.keys(plans).join(', ')}`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const plan = values.seconds === undefined ? chosen : {...chosen, seconds: Number(values.seconds)};

say(`verify: ${plan.name}, seed ${seed}`);
const result = await run(plan, seed, say, values.only);
for (const violation of result.violations.slice(0, 20)) tell(violation);
for (const [kind, why] of result.impossible) say(`not possible here: ${kind}: ${why}`);
const summary = summarise(result);
if (plan.faults?.kinds === 'all' && values.only === undefined) addRun(summary);
if (plan.faults?.kinds !== 'few' && values.only === undefined) {
  addFigures(summary.startedAt, `${plan.name} ${seed}`, summary.goals);
}
for (const goal of summary.goals) say(describeGoal(goal));
say(`${writeReport(result, summary)}/report.html`);
say(summary.line);
process.exit(result.violations.length === 0 ? 0 : 1);

/** Whether the checker reports what it must for this mutant. */
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

/** Whether every figure meets its goal. Each is added to the ledger in any case. */
async function tryAll(chosen: Trial[]): Promise<boolean> {
  let isMet = true;
  for (const {name, says, act, needsOwnNetwork = false, impossible} of chosen) {
    const isOutside = needsOwnNetwork && !values['own-network'];
    const why = isOutside ? whyNoOwnNetwork() : impossible?.();
    if (why !== undefined) {
      say(`not possible here: ${name}: ${why}`);
      continue;
    }
    if (isOutside) {
      const args = [process.argv[1]!, '--trial', name, '--own-network'];
      isMet = runInOwnNetwork(process.execPath, args) === 0 && isMet;
      continue;
    }
    const startedAt = new Date().toISOString();
    say(`\n${name}: ${says}`);
    const part = {attack: values.attack, seconds: secondsOf(values.seconds)};
    const goals = await act(say, part);
    for (const goal of goals) say(describeGoal(goal));
    // A part of a trial is not comparable, so it is not recorded.
    if (part.attack === undefined && part.seconds === undefined) addFigures(startedAt, name, goals);
    isMet = goals.every((goal) => goal.isMet) && isMet;
  }
  return isMet;
}

function secondsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (!(seconds > 0)) fail('--seconds is a number above 0');
  return seconds;
}

function findTrials(name: string): Trial[] {
  const found = trials.filter((trial) => trial.name === name);
  if (found.length === 0) fail(`--trial is one of ${trials.map((trial) => trial.name).join(', ')}`);
  return found;
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
