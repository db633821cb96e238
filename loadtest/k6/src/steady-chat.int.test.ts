import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {findK6} from './find-k6.ts';
import type {Summary} from './summary.ts';
import {run} from '../test/run.ts';

// Needs k6: npm run load:setup.

let cluster: ProcessCluster;
let key: string;
let out: string;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'madang-load-'));
  cluster = await startCluster({gateways: 3, worker: true, balancer: true});
  key = await makeKey(cluster.databaseUrl);
});
afterAll(async () => {
  await cluster.stop();
  rmSync(out, {recursive: true, force: true});
});

async function makeKey(url: string): Promise<string> {
  const log = {debug() {}, info() {}, warn() {}, error() {}};
  const db = createDatabase({url, log, applicationName: 'load-test'});
  try {
    const {id: tenantId} = await findTenantByHost(db, 'localhost');
    return (await addApiKey(db, {tenantId, service: 'load-test'})).key;
  } finally {
    await db.close();
  }
}

test.runIf(findK6())(
  'half a minute of chat through the balancer: everything acknowledged is heard by all, in order, once',
  async () => {
    const sizes = ['--users', '60', '--ramp', '5s', '--duration', '30s', '--out', out];
    const {output} = await run(['steady-chat', '--url', cluster.url!, '--key', key, ...sizes]);
    const summary = JSON.parse(readFileSync(join(out, 'steady-chat.json'), 'utf8')) as Summary;

    // The speed depends on the other work of the machine; the promises do not.
    const promises = summary.objectives.filter(({condition}) => condition.startsWith('count'));
    expect(
      promises.filter(({isMet}) => !isMet),
      output,
    ).toEqual([]);
    expect(summary.counts.rooms_checked).toBe(6);
    expect(summary.counts.messages_acknowledged).toBeGreaterThan(6 * 25);
    expect(summary.counts.messages_delivered).toBe(10 * summary.counts.messages_acknowledged!);
  },
  120_000,
);

test.runIf(findK6())('a key that nobody made is told in one line', async () => {
  const {code, output} = await run(['idle', '--url', cluster.url!, '--key', 'mdk_unknown', '--out', out]);

  expect(code).toBe(1);
  expect(output).toMatch(/^http:\/\/127\.0\.0\.1:\d+ does not know this key\n/);
});
