/** Runs k6's `steady-chat` beside the talk: a second crowd, whose scenario checks every message itself. */
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findK6} from '@madang/load/find-k6';
import type {Summary} from '@madang/load/summary';
import {expect, root, say, step} from './steps.ts';

export type Load = {
  /** Waits for the end of the run. Fails unless everyone received everything acknowledged, in order and once. */
  finish(): Promise<void>;
};

type Options = {url: string; duration: string; addKey: (service: string) => Promise<string>};

/** Starts forty people in ten rooms. Without k6, which `npm run load:setup` builds, it only says so. */
export async function startLoad({url, duration, addKey}: Options): Promise<Load> {
  if (!findK6()) {
    say('note  k6 is not installed: the talk continues without steady-chat');
    return {finish: async () => undefined};
  }
  const key = /mdk_\S+/.exec(await addKey('smoke'))?.[0];
  expect(key, 'no key was made for the load test');
  const out = mkdtempSync(join(tmpdir(), 'madang-smoke-load-'));
  const sizes = ['--users', '40', '--room-size', '4', '--ramp', '5s', '--duration', duration, '--out', out];
  const ended = run(['steady-chat', '--url', url, '--key', key, ...sizes]);
  say(`ok    forty more people talk in k6's steady-chat for ${duration}`);
  return {finish: () => judge(ended, out)};
}

function run(args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['loadtest/k6/src/main.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((done) => child.once('close', () => done(output)));
}

/** While nodes end, the objectives for times and lost connections are missed. The promises never are. */
async function judge(ended: Promise<string>, out: string): Promise<void> {
  await step(
    'steady-chat lost nothing, doubled nothing, and heard one order',
    async () => {
      const output = await ended;
      const {objectives, counts, times} = readSummary(join(out, 'steady-chat.json'), output);
      const broken = objectives.filter(
        ({metric, condition, isMet}) =>
          condition.startsWith('count') && metric !== 'connections_lost' && !isMet,
      );
      expect(broken.length === 0, `${broken.map(({text}) => text).join('; ')}\n${output}`);
      return {counts, longest: Math.round(times.without_service?.max ?? 0)};
    },
    ({counts, longest}) =>
      `${counts.messages_acknowledged} acknowledged, ${counts.messages_delivered} delivered, ` +
      `${counts.connections_lost ?? 0} connections lost, the longest for ${longest} ms`,
  );
  rmSync(out, {recursive: true});
}

function readSummary(file: string, output: string): Summary {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } catch (error) {
    throw new Error(`steady-chat ended without a verdict:\n${output}`, {cause: error});
  }
}
