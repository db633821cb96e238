// Many are notified at once: 1,000 recipients in one statement, 300 of them connected over three nodes.
import {randomUUID} from 'node:crypto';
import {createDatabase} from '@madang/database/connections/pool';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {startGateways} from '../support/gateways.ts';
import {idsToldTo, startService, toldOf} from '../support/notifying.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const [recipients, connected] = [1_000, 300];

test('1,000 recipients, of whom 300 are connected over three nodes, are told within 2 s', async () => {
  const cluster = await startGateways(3);
  onTestFinished(() => cluster.stop());
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    deadlineMs: 20_000,
  });
  onTestFinished(() => db.close());
  const service = await startService(cluster.databaseUrl);
  const clients: RawClient[] = [];
  onTestFinished(() => clients.forEach((client) => client.close()));
  // A few at a time: they only have to be connected, and this is no test of a rush.
  for (let first = 0; first < connected; first += 20) {
    const arriving = Array.from({length: 20}, async (_, at) => {
      const url = cluster.urls[(first + at) % 3]!;
      return RawClient.connect(url, await signInGuest(url));
    });
    clients.push(...(await Promise.all(arriving)));
  }
  const offline = await db.query<{id: string}>(
    {
      name: '',
      text: `insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
        select gen_random_uuid(), t.id, 'guest', 'g', 'g', 'g', '#112233'
        from tenants t, generate_series(1, $1) where t.name = 'default' returning id`,
    },
    [recipients - connected],
  );
  const to = [...clients.map(({user}) => user.id), ...offline.map(({id}) => id)];
  // Warms up, so that every node has notified someone.
  await service.notify(cluster.urls[0]!, {to: to.slice(0, 3)});

  const begun = performance.now();
  const ids = await service.notify(cluster.urls[1]!, {to, key: randomUUID(), data: {text: 'x'.repeat(500)}});
  const stored = performance.now();
  await waitFor(() => clients.every((client) => idsToldTo(client).length > 0 && hasLast(client)), {
    timeoutMs: 10_000,
    what: 'all who are connected to be told',
  });

  function hasLast(client: RawClient): boolean {
    return idsToldTo(client).at(-1) === ids[clients.indexOf(client)];
  }
  const arrivals = clients.map(
    ({received}) => received.findLast(({event}) => event === 'notification:created')!.at,
  );
  const slowest = Math.max(...arrivals) - begun;
  expect(slowest).toBeLessThan(2_000);
  expect(new Set(ids).size).toBe(recipients);
  for (const client of clients.slice(3)) expect(toldOf(client)).toMatchObject([{unread: 1}]);
  const signals = await db.query({name: '', text: `select from signals where kind = 'notified'`});
  expect(signals).toHaveLength(2);
  const [row] = await db.query<{count: number}>({
    name: '',
    text: 'select count(*)::int as count from notifications',
  });
  expect(row!.count).toBe(recipients + 3);
  process.stdout.write(
    `stored in ${Math.round(stored - begun)} ms, all told after ${Math.round(slowest)} ms\n`,
  );
}, 120_000);
