// `npm run load -- <scenario> --url … --key …`: a load test of any Madang, wherever it runs.
import {spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {findFreePort} from '@madang/processes/free-port';
import {findK6} from './find-k6.ts';
import {BadPlan, planVariable, readPlan, scenarios, type Plan} from './plan.ts';
import {describeProgress, readProgress} from './progress.ts';
import {aboutVariable, outVariable} from './run.ts';

const results = fileURLToPath(new URL('../../results', import.meta.url));
const progressEveryMs = 5_000;

const usage = `npm run load -- <scenario> --url http://127.0.0.1:8080 --key mdk_…

${Object.entries(scenarios)
  .map(([name, {what}]) => `  ${name.padEnd(16)} ${what}`)
  .join('\n')}

  --users 100 --room-size 10 --rate 1 (messages a second into each room) --ramp 10s --duration 60s --storms 3
  --out <folder for the summary, as JSON and HTML>`;

/** Exits with 0 if every objective was met, 99 if not, and 1 if there was no run. */
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BadPlan) && !isBadOption(error)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const {values, positionals} = parseArgs({allowPositionals: true, options: commandLine()});
  if (positionals.length > 1) throw new BadPlan(`one scenario at a time, not ${positionals.join(', ')}`);
  const {ramp, duration, 'room-size': roomSize, out = results, ...rest} = values;
  const plan = readPlan(positionals[0], {...rest, roomSize, rampMs: ramp, durationMs: duration});
  const k6 = findK6();
  if (!k6) throw new BadPlan('k6 is not installed; build it with: npm run load:setup');
  await requireService(plan);
  mkdirSync(out, {recursive: true});
  return run(k6, plan, join(resolve(out), plan.scenario));
}

function commandLine() {
  const text = {type: 'string'} as const;
  return {
    url: text,
    key: text,
    users: text,
    'room-size': text,
    rate: text,
    ramp: text,
    duration: text,
    storms: text,
    out: text,
  };
}

function isBadOption(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** Reports a wrong address or key in one line, before thousands of requests fail because of it. */
async function requireService({url, key}: Plan): Promise<void> {
  let status: number;
  try {
    const headers = {authorization: `Bearer ${key}`};
    const answer = await fetch(`${url}/api/v1/me`, {headers, signal: AbortSignal.timeout(10_000)});
    status = answer.status;
  } catch (error) {
    throw new BadPlan(`nothing answers at ${url}: ${((error as Error).cause as Error)?.message ?? error}`);
  }
  if (status === 401) throw new BadPlan(`${url} does not know this key`);
  if (status !== 200)
    throw new BadPlan(`${url}/api/v1/me answered ${status}; is it a Madang, and is it ready?`);
}

async function run(k6: string, plan: Plan, out: string): Promise<number> {
  const address = `127.0.0.1:${await findFreePort()}`;
  const script = fileURLToPath(new URL(`./scenarios/${plan.scenario}.ts`, import.meta.url));
  const startedAt = Date.now();
  const child = spawn(k6, ['run', '--quiet', '--no-usage-report', '--address', address, script], {
    env: {
      ...process.env,
      [planVariable]: JSON.stringify(plan),
      [outVariable]: out,
      [aboutVariable]: describeMachine(),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // k6 then ends in order, with a summary of what it has.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGINT'));
  const tell = async () => {
    const samples = await readProgress(address);
    if (samples && child.exitCode === null) console.log(describeProgress(samples, Date.now() - startedAt));
  };
  const timer = setInterval(() => void tell(), progressEveryMs);
  const code = await new Promise<number>((done) => child.once('close', (status) => done(status ?? 1)));
  clearInterval(timer);
  if (code === 0 || code === 99) console.log(`summary: ${out}.html, ${out}.json`);
  return code;
}

function describeMachine(): string {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `k6 on ${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores; ${memory}; ${process.platform} ${release()}`;
}
