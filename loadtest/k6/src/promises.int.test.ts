import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {findK6} from './find-k6.ts';
import {run} from '../test/run.ts';
import type {Summary} from './summary.ts';
import {startTestDouble, type Misdeed} from '../test/double.ts';

// Servers that break a promise prove that the scenarios notice it. Needs k6: npm run load:setup.
const slowMs = 60_000;

type Run = {code: number | null; summary: Summary; html: string; output: string};

async function load(misdeed: Misdeed): Promise<Run> {
  const double = await startTestDouble(misdeed);
  const out = mkdtempSync(join(tmpdir(), 'madang-load-'));
  try {
    const sizes = ['--users', '6', '--room-size', '3', '--rate', '5', '--ramp', '1s', '--duration', '3s'];
    const place = ['--url', double.url, '--key', double.key, '--out', out];
    const {code, output} = await run(['steady-chat', ...place, ...sizes]);
    const [json, html] = ['json', 'html'].map((kind) =>
      readFileSync(join(out, `steady-chat.${kind}`), 'utf8'),
    );
    return {code, summary: JSON.parse(json!) as Summary, html: html!, output};
  } finally {
    await double.close();
    rmSync(out, {recursive: true, force: true});
  }
}

const broken = ({objectives}: Summary) =>
  objectives.filter(({metric, isMet}) => metric.startsWith('messages_') && !isMet).map(({metric}) => metric);

test.runIf(findK6()).concurrent(
  'a server that keeps its promises passes, with a summary for people',
  async () => {
    const {summary, html, output} = await load('none');

    expect(broken(summary)).toEqual([]);
    expect(summary.counts.messages_acknowledged).toBeGreaterThan(20);
    expect(summary.counts.messages_delivered).toBe(3 * summary.counts.messages_acknowledged!);
    expect(summary.counts.rooms_checked).toBe(2);
    expect(output).toContain('met    No acknowledged message is lost (0)');
    expect(html).toContain('<h1>steady-chat</h1>');
  },
  slowMs,
);

test.runIf(findK6()).concurrent.each([
  ['withhold', 'messages_lost'],
  ['repeat', 'messages_repeated'],
  ['swap', 'messages_misordered'],
  ['alter', 'messages_altered'],
  ['forget', 'messages_lost'],
] as const)(
  'a server that does one %s fails the run',
  async (misdeed, metric) => {
    const {code, summary, output} = await load(misdeed);

    expect({code, found: broken(summary)}, output).toEqual({
      code: 99,
      found: expect.arrayContaining([metric]),
    });
    expect(summary.isGood).toBe(false);
  },
  slowMs,
);
