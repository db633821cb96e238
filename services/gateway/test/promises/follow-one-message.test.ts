import {randomUUID} from 'node:crypto';
import {createClient} from '@madang/client/client';
import {startCluster} from '@madang/testkit/cluster-processes';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {readMetric} from '../support/load.ts';

// What an operator does to find out where a message went: look for its clientId in the nodes' logs.

test('the logs follow one message over the nodes by its ids, and the metrics say how long it took', async () => {
  const cluster = await startCluster({gateways: 2, env: {LOG_LEVEL: 'debug'}});
  onTestFinished(() => cluster.stop());
  const [sender, hearer] = cluster.gateways.map(({url}) => createClient({url}));
  onTestFinished(() => [sender, hearer].forEach((client) => client!.close()));
  await sender!.guest();
  await hearer!.guest();
  const {room} = await sender!.call('room:create', {title: 'Courtyard'});
  await hearer!.call('room:join', {roomId: room.id});

  const clientId = randomUUID();
  const {rev} = await sender!.send(room.id, {clientId, text: 'Where am I?'});

  const linesOf = (index: number) =>
    cluster.gateways[index]!.logs()
      .split('\n')
      .filter((line) => line.includes(clientId))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await waitFor(() => linesOf(1).length === 1, {
    timeoutMs: 10_000,
    what: 'the other node to log the message',
  });
  expect(new Set(linesOf(0).map(({msg}) => msg))).toEqual(new Set(['stored', 'delivered']));
  for (const line of [...linesOf(0), ...linesOf(1)]) expect(line).toMatchObject({roomId: room.id, rev});
  expect(linesOf(1)).toMatchObject([{msg: 'delivered'}]);
  expect(cluster.gateways.map(({logs}) => logs).join()).not.toContain('Where am I?');
  const {metricsUrl} = cluster.gateways[1]!;
  expect(await readMetric(metricsUrl, 'madang_delivery_seconds_count')).toBe(1);
});
