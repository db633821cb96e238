// A balancer keeps connections and sends its next request on one that has been idle for as long as the balancer allows.
import {Agent, request} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

/** Longer than Node keeps an idle connection by default. */
const idleMs = 6_500;

let cluster: Gateways;
beforeAll(async () => {
  cluster = await startGateways(1);
});
afterAll(() => cluster.stop());

/** The status, or why there is none. */
function get(url: string, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const asked = request(url, {agent}, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode!));
    });
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
}

test('requests on connections that were idle for 6 s are all answered', async () => {
  const agent = new Agent({keepAlive: true, maxSockets: 40, maxFreeSockets: 40});
  const url = `${cluster.urls[0]}/livez`;
  const round = () => Promise.all(Array.from({length: 40}, () => get(url, agent)));
  const asked = await round();
  const kept = Object.values(agent.freeSockets).flat().length;

  await sleep(idleMs);
  const again = await round();

  expect([...asked, ...again]).toEqual(Array.from({length: 80}, () => 200));
  expect(kept).toBe(40);
  agent.destroy();
});

test('a node that stops answers what comes, and keeps no connection for more', async () => {
  const stopping = await cluster.add();
  const headersOf = () =>
    fetch(`${stopping.url}/livez`).then(
      ({headers}) => headers.get('connection'),
      () => 'gone',
    );
  expect(await headersOf()).toBe('keep-alive');
  const stopped = stopping.stop();

  await waitFor(async () => ['close', 'gone'].includes((await headersOf()) ?? ''), {
    timeoutMs: 5_000,
    what: 'the node to ask that connections be closed',
  });
  await stopped;
});
