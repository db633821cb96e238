/** Tenants share the appender: the tests check each tenant's share of batches, so they measure no time. */
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender, type AppenderOptions} from './append.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, room, item} = world;

/** One batch at a time. The first forms once there is a connection, from everything sent in one step. */
function appender(options: Partial<AppenderOptions> = {}) {
  return world.closing(
    createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000, slots: 1, ...options}),
  );
}

const anItem = {...item(randomUUID(), randomUUID()), tenantId: randomUUID()};
/** Messages of a tenant to rooms that do not exist: each is refused as soon as a batch has taken it. */
const of = (tenantId: string, roomId: string = randomUUID()) => ({
  ...anItem,
  tenantId,
  roomId,
  clientId: randomUUID(),
  receivedAt: performance.now(),
});

/** Sends all of these at once; `ended` lists the tenants in the order in which their items ended. */
function sendAll(append: ReturnType<typeof appender>['append'], tenants: readonly string[]) {
  const ended: string[] = [];
  const all = tenants.map((tenant) => append(of(tenant)).catch(() => ended.push(tenant)));
  return {ended, settled: Promise.all(all)};
}

const [shop, school] = [randomUUID(), randomUUID()];
const times = (count: number, tenant: string) => Array.from({length: count}, () => tenant);

test('one message waits for half a batch of a tenant that floods, not for the flood', async () => {
  const {append} = appender();
  const {ended, settled} = sendAll(append, [...times(2_000, shop), school]);
  await settled;

  expect(ended.indexOf(school)).toBeLessThanOrEqual(250);
});

test('each batch has the shares that tenants weigh', async () => {
  const {append} = appender({batchItems: 100, weightOf: (tenant) => (tenant === school ? 3 : 1)});
  const {ended, settled} = sendAll(append, [...times(300, shop), ...times(300, school)]);
  await settled;
  const batches = [0, 100, 200, 300].map((from) => ended.slice(from, from + 100));

  for (const batch of batches) expect(batch.filter((tenant) => tenant === school)).toHaveLength(75);
});

test('a tenant that waits alone has whole batches', async () => {
  const items: number[] = [];
  const {append} = appender({onBatch: (batch) => items.push(batch.items)});
  await sendAll(append, times(1_001, shop)).settled;

  expect(items).toEqual([500, 500, 1]);
});

test('a tenant that fills its part of the queue is refused, and another is not', async () => {
  const {append} = appender({queueItems: 8});
  const codes = (tenants: string[]) =>
    Promise.all(tenants.map((tenant) => append(of(tenant)).catch(({code}: {code: string}) => code)));
  const [ofShop, ofSchool] = await Promise.all([codes(times(6, shop)), codes([school])]);

  expect(ofShop).toEqual([...times(4, 'not_found'), 'overloaded', 'overloaded']);
  expect(ofSchool).toEqual(['not_found']);
});

test('who names the locked room of another tenant does not join its queue', async () => {
  const {id: ownerId} = await account();
  const {id: roomId} = await room(ownerId);
  const {append, stats} = appender({lanes: 1});
  const session = await world.session();
  await session('begin');
  await session(`select from rooms where id = '${roomId}' for update`);
  const waiting = append(item(roomId, ownerId));
  await until('the lane to wait for the lock', () => stats().lanes === 1);

  await expect(append(of(shop, roomId))).rejects.toMatchObject({code: 'not_found'});
  await session('rollback');
  await expect(waiting).resolves.toMatchObject({duplicate: false});
});
