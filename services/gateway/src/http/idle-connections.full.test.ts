// Through HAProxy and directly: 240 connections each, idle for 6, 30 and 59 s, as a load balancer keeps them.
import {Agent, request} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {afterAll, beforeAll, expect, test} from 'vitest';

const connections = 240;
const idleSeconds = [6, 30, 59];

let cluster: ProcessCluster;
beforeAll(async () => {
  cluster = await startCluster({gateways: 1, balancer: true});
}, 90_000);
afterAll(() => cluster?.stop());

function get(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const asked = request(`${url}/livez`, {agent}, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(String(answer.statusCode)));
    });
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
}

test('0 of 720 requests are lost', {timeout: 180_000}, async () => {
  const urls = [cluster.url!, cluster.gateways[0]!.url];
  const lost = await Promise.all(
    urls.map(async (url) => {
      const agent = new Agent({keepAlive: true, maxSockets: connections, maxFreeSockets: connections});
      const round = () => Promise.all(Array.from({length: connections}, () => get(url, agent)));
      const answers = await round();
      for (const seconds of idleSeconds) {
        expect(Object.values(agent.freeSockets).flat()).toHaveLength(connections);
        await sleep(seconds * 1_000);
        answers.push(...(await round()));
      }
      agent.destroy();
      return answers.filter((answer) => answer !== '200');
    }),
  );

  expect(lost).toEqual([[], []]);
});
