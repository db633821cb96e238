/** Measures what Madang's core costs, beside two baselines, in one run: npm run bench [-- --quick] */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
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
const {values} = parseArgs({options: {quick: {type: 'boolean', default: false}}});
const plan = values.quick ? quickPlan : fullPlan;
const startedAt = new Date();

try {
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
} catch (error) {
  if (!(error instanceof Violation)) throw error;
  say(`failed, a promise was broken: ${error.message}`);
  process.exitCode = 1;
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
