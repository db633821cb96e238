// Promise 4 for notifications: a lost broadcast, or a gateway that dies after the commit, costs a second at most, and a
// retry elsewhere makes no second notification.
import {randomUUID} from 'node:crypto';
import {startCluster} from '@madang/testkit/cluster-processes';
import {request} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {startGateways} from '../support/gateways.ts';
import {idsToldTo, onDevices, readOn, startService, toldOf} from '../support/notifying.ts';

test.each([
  ['every', '1'],
  ['every other', '0.5'],
])('with %s broadcast lost, all devices are told all the same, once and in order', async (_which, share) => {
  const cluster = await startGateways(3, {MADANG_DROP_BROADCASTS: share});
  onTestFinished(() => cluster.stop());
  const service = await startService(cluster.databaseUrl);
  const {who, devices} = await onDevices(cluster.urls);
  const ids: string[] = [];
  for (let no = 0; no < 8; no += 1) {
    ids.push(...(await service.notify(cluster.urls[no % 3]!, {to: [who.user.id]})));
  }

  await waitFor(() => devices.every((device) => idsToldTo(device).length >= 8), {
    timeoutMs: 10_000,
    what: 'all devices to be told',
  });
  await devices[0]!.call('notification:read', {upTo: ids.at(-1)!});
  await waitFor(() => devices.every((device) => readOn(device).length > 0), {
    timeoutMs: 10_000,
    what: 'all devices to know what was read',
  });

  for (const device of devices) {
    expect(idsToldTo(device)).toEqual(ids);
    expect(readOn(device)).toEqual([{ids, unread: 0}]);
    device.close();
  }
});

test('a gateway killed between commit and broadcast changes nothing: all are told, and the retry makes no second', async () => {
  const cluster = await startCluster({
    gateways: 3,
    env: (gateway) => (gateway === 0 ? {MADANG_CRASH_AT: 'after_commit_before_broadcast'} : {}),
  });
  onTestFinished(() => cluster.stop());
  const [crashing, ...healthy] = cluster.gateways;
  const service = await startService(cluster.databaseUrl);
  const {who, devices} = await onDevices(healthy.map(({url}) => url));
  const input = {to: [who.user.id], key: randomUUID()};

  const first = request(crashing!.url, 'POST', '/notifications', {
    token: service.key,
    body: {type: 'order', data: {}, ...input},
  }).catch(() => undefined);
  expect(await crashing!.exited).toEqual({code: null, signal: 'SIGKILL'});
  expect(await first).toBeUndefined();
  await waitFor(() => devices.every((device) => toldOf(device).length > 0), {
    timeoutMs: 10_000,
    what: 'the devices to be told',
  });
  const retried = await service.notify(healthy[0]!.url, input);
  const last = await service.notify(healthy[1]!.url, {to: input.to});

  await waitFor(() => devices.every((device) => idsToldTo(device).includes(last[0]!)), {
    timeoutMs: 10_000,
    what: 'what came after',
  });
  for (const device of devices) {
    expect(idsToldTo(device)).toEqual([...retried, ...last]);
    device.close();
  }
}, 60_000);
