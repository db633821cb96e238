// Promise 9: members connected to an ephemeral room stay in it, even if they came before it became ephemeral.
import {afterAll, beforeAll, expect, test} from 'vitest';
import {endDepartedMembers} from '@madang/database/jobs/jobs';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {createLogger} from '@madang/runtime/log';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
let db: Database;
beforeAll(async () => {
  cluster = await startGateways(2);
  const log = createLogger({name: 'test', level: 'warn'});
  db = createDatabase({url: cluster.databaseUrl, log, applicationName: 'worker'});
});
afterAll(async () => {
  await db?.close();
  await cluster?.stop();
});

test('a room that becomes ephemeral keeps everyone who hears it, on every node, until they go', async () => {
  const [first, second] = cluster.urls as [string, string];
  const owner = await RawClient.connect(first, await signInGuest(first));
  const other = await RawClient.connect(second, await signInGuest(second));
  const {room} = await owner.call('room:create', {title: 'Kitchen', ephemeral: false});
  await other.call('room:join', {roomId: room.id});

  await owner.call('room:update', {roomId: room.id, ephemeral: true});
  await waitFor(async () => (await countAttendances()) === 2, {timeoutMs: 3_000, what: 'two attendances'});
  expect(await endDepartedMembers(db, {graceMs: 0})).toEqual([]);

  other.close();
  await waitFor(async () => (await endDepartedMembers(db, {graceMs: 0})).length === 1, {
    timeoutMs: 3_000,
    what: 'the membership of who has gone to end',
  });
  expect((await owner.call('room:members', {roomId: room.id})).members).toHaveLength(1);
  owner.close();
});

async function countAttendances(): Promise<number> {
  const text = 'select count(*)::int as count from attendances where ended_at is null';
  const [row] = await db.query<{count: number}>({name: '', text});
  return row!.count;
}
