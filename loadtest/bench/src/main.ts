/**
 * Measures what Madang's core costs, in one run: beside two baselines, npm run bench [-- --quick]; or beside another
 * checkout with its dependencies installed, npm run bench -- --before PATH [--rounds 24]
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {compareCommits, comparisonTable} from './compare-commits.ts';
import {loop} from './contenders/loop.ts';
import {madang} from './contenders/madang.ts';
import {tutorial} from './contenders/tutorial.ts';
import {describeMachine} from './machine.ts';
import {measureDurableSends} from './measure-durable-sends.ts';
import {measureFanOut} from './measure-fan-out.ts';
import {measureIdleMemory} from './measure-idle-memory.ts';
import {fullPlan, quickPlan} from './plan.ts';
import {aimLines, resultTable, writeReport} from './report.ts';
import {summarise, type Windows} from './results.ts';
import {Testbed} from './testbed.ts';
import {Violation} from './transcript.ts';

const resultsFolder = fileURLToPath(new URL('../../results/', import.meta.url));
const {values} = parseArgs({
  options: {
    quick: {type: 'boolean', default: false},
    before: {type: 'string'},
    rounds: {type: 'string', default: '24'},
  },
});
const plan = values.quick ? quickPlan : fullPlan;
const startedAt = new Date();

try {
  if (values.before) await measureBefore(values.before);
  else await measureBaselines();
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  say(`failed because a promise was broken: ${error.message}`);
  process.exitCode = 1;
}

async function measureBefore(folder: string): Promise<void> {
  const rows = await compareCommits(folder, {...plan, rounds: Number(values.rounds)});
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  const {cpu, versions} = describeMachine();
  say(`\n${comparisonTable(rows)}\n\n${values.rounds} rounds, ${minutes} minutes; ${cpu}; ${versions}`);
}

async function measureBaselines(): Promise<void> {
  const windows = await measure();
  const results = summarise(windows);
  const tookMs = Date.now() - startedAt.getTime();
  say(`\n${resultTable(results)}\n\n${aimLines(results).join('\n')}\n\n${Math.round(tookMs / 1_000)} s`);
  if (values.quick) {
    say('quick: too short to be quoted, so nothing was written');
  } else {
    const run = {command: 'npm run bench', startedAt, tookMs, machine: describeMachine(), plan};
    mkdirSync(resultsFolder, {recursive: true});
    writeFileSync(`${resultsFolder}bench.md`, writeReport(results, run));
    writeFileSync(`${resultsFolder}bench.json`, `${JSON.stringify({...run, results, windows}, null, 1)}\n`);
    say('written to loadtest/results/bench.md and bench.json');
  }
}

async function measure(): Promise<Windows> {
  const testbed = new Testbed();
  try {
    say('starting the stores and servers');
    const servers = await Promise.all([loop, madang, tutorial].map((each) => testbed.start(each)));
    say('deliveries in one room');
    const fanOut = await measureFanOut(servers, plan);
    say('durable sends in rooms of two');
    const {many, lone} = await measureDurableSends(
      servers.filter(({contender}) => contender.isDurable),
      plan,
    );
    for (const server of servers) await server.stop();
    say('memory of idle connections');
    const idle = await measureIdleMemory(testbed, [loop, madang, tutorial], plan);
    return {fanOut, many, lone, idle};
  } finally {
    await testbed.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
