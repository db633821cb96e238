/**
 * Measures what one product notices while another one floods the same node. The steady product has the preset `support` and
 * the other one `team`, each with the limits of its preset: node loadtest/bench/src/fairness/main.ts [--rounds 4] [--seconds 10] [--only sends|handshakes]
 */
import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import {constants, setPriority} from 'node:os';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {insertTenant} from '@madang/database/operator/tenants';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import {madang} from '../contenders/madang.ts';
import {describeMachine} from '../machine.ts';
import {Testbed} from '../testbed.ts';
import type {FloodResult} from './flood.ts';
import {SteadySender, type Window} from './steady-sends.ts';
import {count, type Tally} from './tally.ts';

const own = 50;
const offered = {sends: 10_000, handshakes: 5_000};
/** The bound that the steady product is promised. */
const boundOf = (alone: number) => 2 * alone + 20;

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '4'},
    seconds: {type: 'string', default: '10'},
    only: {type: 'string'},
  },
});
const floods = Object.entries(offered).filter(([what]) => what === (values.only ?? what));
const windowMs = Number(values.seconds) * 1_000;
const silent = {debug() {}, info() {}, warn() {}, error() {}};
const floodFile = fileURLToPath(new URL('flood.ts', import.meta.url));
const resultsFolder = fileURLToPath(new URL('../../../results/', import.meta.url));

const testbed = new Testbed();
const startedAt = new Date();
try {
  const result = await measure();
  report(result);
  mkdirSync(resultsFolder, {recursive: true});
  const run = {startedAt, machine: describeMachine(), ...result};
  writeFileSync(`${resultsFolder}fairness.json`, `${JSON.stringify(run, null, 1)}\n`);
} finally {
  await testbed.close();
}

async function measure() {
  const server = await testbed.start({
    ...madang,
    // The number of handshakes a second that a node accepts by default.
    launch: (port, stores) => {
      const launched = madang.launch(port, stores);
      return {...launched, env: {...launched.env, HANDSHAKES_PER_SECOND: '500'}};
    },
  });
  const [support, team] = [
    await keyOf(server.databaseUrl, 'support'),
    await keyOf(server.databaseUrl, 'team'),
  ];
  const sender = await SteadySender.enter(server.url, support);
  await sender.send(own, 3_000);
  const alone: Window[] = [];
  const beside: Window[] = [];
  const flooded: Record<string, FloodResult[]> = {sends: [], handshakes: []};
  for (let round = 0; round < Number(values.rounds); round += 1) {
    alone.push(await sender.send(own, windowMs));
    const children = floods.map(([what, rate]) => startFlood(server.url, team, what, rate));
    await Promise.all(children.map((child) => once(child, 'message')));
    beside.push(await sender.send(own, windowMs));
    for (const [no, [what]] of floods.entries()) flooded[what]!.push(await endFlood(children[no]!));
  }
  sender.close();
  await server.stop();
  return {
    alone: summaryOf(alone),
    beside: summaryOf(beside),
    floods: floods.map(([what]) => totalOf([what, flooded[what]!])),
  };
}

async function keyOf(url: string, preset: PresetName): Promise<string> {
  const db = createDatabase({url, log: silent, applicationName: 'bench', deadlineMs: 20_000});
  const {id: tenantId} = await insertTenant(db, {name: preset, hosts: [], policy: presetPolicy(preset)});
  const {key} = await addApiKey(db, {tenantId, service: 'backend'});
  await db.close();
  return key;
}

/** Starts the flood below the priority of the steady product's driver, which shares its core: the server is measured. */
function startFlood(url: string, token: string, what: string, rate: number): ChildProcess {
  const child = fork(floodFile, [url, token, what, String(rate)]);
  setPriority(child.pid!, constants.priority.PRIORITY_LOW);
  return child;
}

async function endFlood(child: ChildProcess): Promise<FloodResult> {
  const answer = once(child, 'message');
  child.send('stop');
  return ((await answer) as [FloodResult])[0];
}

function summaryOf(windows: Window[]) {
  const sorted = windows.flatMap(({ackMs}) => ackMs).toSorted((a, b) => a - b);
  const refusals: Tally = {};
  for (const window of windows) {
    for (const [code, times] of Object.entries(window.refusals)) count(refusals, code, times);
  }
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return {sends: sorted.length, refusals, p50: at(0.5), p99: at(0.99), most: sorted.at(-1)!};
}

function totalOf([what, results]: [string, FloodResult[]]) {
  const seconds = results.reduce((sum, each) => sum + each.seconds, 0);
  const begun = results.reduce((sum, each) => sum + each.begun, 0);
  const outcomes: Tally = {};
  for (const each of results) {
    for (const [outcome, times] of Object.entries(each.outcomes)) count(outcomes, outcome, times);
  }
  return {what, perSecond: Math.round(begun / seconds), begun, outcomes};
}

function report({alone, beside, floods: all}: Awaited<ReturnType<typeof measure>>): void {
  const lineOf = (what: string, {sends, refusals, p50, p99, most}: typeof alone) =>
    `${what}: ${sends} sends, refused ${JSON.stringify(refusals)}; ms p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, most ${most.toFixed(1)}`;
  const bound = boundOf(alone.p99);
  const isKept = Object.keys(beside.refusals).length === 0 && beside.p99 <= bound;
  const lines = [
    lineOf('alone', alone),
    lineOf('beside the flood', beside),
    ...all.map(
      ({what, perSecond, outcomes}) => `${what}: ${perSecond} a second; ${JSON.stringify(outcomes)}`,
    ),
    `${isKept ? 'kept' : 'MISSED'}: 0 refused and p99 ≤ 2 × alone + 20 ms = ${bound.toFixed(1)} ms`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (!isKept) process.exitCode = 1;
}
