import {randomUUID} from 'node:crypto';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {ReadEventsResult, TenantEvent} from '@madang/protocol/tenant-events';
import {beforeAll, expect, onTestFinished, test} from 'vitest';
import {createWorld, silent, until} from '../../test/fixtures.ts';
import {numberMoves} from '../jobs/numbered-moves.ts';
import {createAppender} from '../messages/append.ts';
import {deleteMessage, editMessage} from '../messages/messages.ts';
import {restored} from '../migrating/restored.ts';
import {setPolicy} from '../operator/policies.ts';
import {leaveRoom} from '../rooms/members.ts';
import {closeRoom} from '../rooms/rooms.ts';
import {deleteUser} from '../users/users.ts';
import {pruneEvents, readEventPositions, readEvents} from './events.ts';
import {addWebhook} from './webhooks.ts';

const world = await createWorld();
const {db, tenantId, account, room, member, join, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

async function setDays(eventDays: number): Promise<void> {
  await setPolicy(world.adminDb, {tenantId, policy: {...presetPolicy('community'), eventDays}, changes: []});
}
beforeAll(() => setDays(7));

async function numberAll(limit = 1_000): Promise<void> {
  while ((await numberMoves(db, {limit})) > 0);
}
async function now(): Promise<number> {
  await numberAll();
  return (await readEventPositions(db, [tenantId])).get(tenantId)!;
}
async function page(after: number | undefined, options: {types?: string[]; limit?: number} = {}) {
  return (await readEvents(db, {tenantId, after, limit: 100, ...options}))!;
}
async function readAll(
  after: number,
  options: {types?: string[]; limit?: number} = {},
): Promise<TenantEvent[]> {
  await numberAll();
  const events: TenantEvent[] = [];
  for (let read: ReadEventsResult = {events, next: after, more: true}; read.more;) {
    read = await page(read.next, options);
    events.push(...read.events);
  }
  return events;
}
const short = ({type, roomId, rev, data}: TenantEvent) => ({type, roomId, rev, ...data});

async function overseenRoom() {
  const owner = await account();
  const {id} = await room(owner.id);
  await query('update rooms set overseen = true where id = $1', [id]);
  return {owner, id, asOwner: await member(id, owner.id)};
}

test('gives each message that was sent and its last change, with its present text', async () => {
  const {owner, id, asOwner} = await overseenRoom();
  const after = await now();
  const sent = ['kept', 'edited', 'erased'];
  for (const text of sent) await append(item(id, owner.id, text));
  await editMessage(db, asOwner, {seq: 2, text: 'first'});
  await editMessage(db, asOwner, {seq: 2, text: 'second'});
  await deleteMessage(db, asOwner, {seq: 3});

  const events = await readAll(after);

  expect(events.map(({type, rev, data}) => [type, rev, data.message!.seq, data.message!.text])).toEqual([
    ['message.created', 1, 1, 'kept'],
    ['message.created', 2, 2, 'second'],
    ['message.created', 3, 3, ''],
    ['message.updated', 5, 2, 'second'],
    ['message.deleted', 6, 3, ''],
  ]);
  expect(JSON.stringify(events)).not.toContain('erased"');
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
});

test('an event keeps id and position, whatever happens later and however small the pages are', async () => {
  const {owner, id, asOwner} = await overseenRoom();
  const after = await now();
  for (let no = 0; no < 5; no += 1) await append(item(id, owner.id));
  const first = await readAll(after);
  await editMessage(db, asOwner, {seq: 2, text: 'later'});

  const again = await readAll(after, {limit: 1});

  const placeOf = (event: TenantEvent) => [event.id, event.position];
  expect(again.slice(0, 5).map(placeOf)).toEqual(first.map(placeOf));
  expect(again).toHaveLength(6);
  const one = (await page(first[1]!.position, {limit: 1})).events;
  expect(one.map(placeOf)).toEqual([placeOf(first[2]!)]);
});

test('says of a room that is not overseen only where its messages are, and who is in it', async () => {
  const owner = await account();
  const after = await now();
  const {id} = await room(owner.id);
  await append(item(id, owner.id, 'private words'));

  const events = await readAll(after);

  expect(events.map(short)).toEqual([
    {type: 'room.created', roomId: id, rev: 0, room: expect.objectContaining({id, title: 'Kitchen'})},
    {type: 'member.added', roomId: id, rev: 0, userId: owner.id},
    {type: 'message.created', roomId: id, rev: 1, seq: 1},
  ]);
});

test('gives changes of members, the room and messages in the order of the log, however late they were numbered', async () => {
  const {owner, id, asOwner} = await overseenRoom();
  const guest = await account();
  const after = await now();
  await append(item(id, owner.id));
  await join(id, guest.id);
  await append(item(id, owner.id));
  await leaveRoom(db, await member(id, guest.id));
  await append(item(id, owner.id));
  await closeRoom(db, asOwner);

  const told = (await readAll(after)).map(({type, rev, data}) => [type, rev, data.reason]);

  expect(told).toEqual([
    ['message.created', 1, undefined],
    ['member.added', 1, undefined],
    ['message.created', 2, undefined],
    ['member.removed', 3, 'left'],
    ['message.created', 4, undefined],
    ['room.closed', 5, undefined],
  ]);
});

test('gives changes of users, and of a deleted one only the id', async () => {
  const after = await now();
  const user = await account('Somebody');
  await query(`update users set color = '#000000' where id = $1`, [user.id]);
  await query('update users set seen_at = clock_ms() where id = $1', [user.id]);
  await deleteUser(db, {userId: user.id});

  const events = (await readAll(after, {types: ['user.created', 'user.updated', 'user.deleted']})).filter(
    ({data}) => data.userId === user.id,
  );

  expect(events.map(short)).toEqual([
    {type: 'user.created', userId: user.id},
    {type: 'user.updated', userId: user.id},
    {type: 'user.deleted', userId: user.id},
  ]);
});

test('tells only of the types that were asked for, and gets past all others', async () => {
  const {owner, id} = await overseenRoom();
  const after = await now();
  for (let no = 0; no < 30; no += 1) await append(item(id, owner.id));
  await setDays(7);

  const events = await readAll(after, {types: ['policy.updated'], limit: 2});

  expect(events.map(({type}) => type)).toEqual(['policy.updated']);
  expect(await readAll(after, {types: ['message.updated'], limit: 2})).toEqual([]);
});

test('many writers, numbered a few at a time while they write: each message once, in the order of its room', async () => {
  const rooms = await Promise.all(Array.from({length: 10}, overseenRoom));
  const after = await now();
  let isDone = false;
  const working = (async () => {
    while (!isDone || (await numberMoves(db, {limit: 3})) > 0) await numberMoves(db, {limit: 3});
  })();
  await Promise.all(
    Array.from({length: 600}, async (_, no) => {
      const {owner, id} = rooms[no % 10]!;
      if (no % 20 === 7) await join(id, (await account()).id);
      await append(item(id, owner.id));
    }),
  );
  isDone = true;
  await working;

  const events = await readAll(after, {limit: 17});

  expect(events.map(({position}) => position)).toEqual(
    events.map(({position}) => position).toSorted((a, b) => a - b),
  );
  expect(new Set(events.map(({id}) => id)).size).toBe(events.length);
  for (const {id} of rooms) {
    const told = events.filter(({roomId}) => roomId === id);
    expect(told.map(({rev}) => rev)).toEqual(told.map(({rev}) => rev).toSorted((a, b) => a! - b!));
    expect(told.flatMap(({data}) => data.message?.seq ?? [])).toEqual(
      Array.from({length: 60}, (_, no) => no + 1),
    );
  }
}, 60_000);

test('more notes than are numbered at once stay before what their rooms say later', async () => {
  const {owner, id} = await overseenRoom();
  const after = await now();
  await append(item(id, owner.id));
  await query(
    `insert into event_notes (tenant_id, type, room_id, rev) select $1, 'room.updated', $2, 1 from generate_series(1, 1500)`,
    [tenantId, id],
  );
  await append(item(id, owner.id));

  const told = await readAll(after);

  expect(told.map(({rev}) => rev)).toEqual([...Array(1501).fill(1), 2]);
});

test.each(['gateways', 'operators'] as const)(
  'a webhook that %s add begins with the next change, and not with what is still to be numbered',
  async (by) => {
    const {owner, id} = await overseenRoom();
    await append(item(id, owner.id, 'before'));
    const url = 'https://shop.example/madang';

    const {webhook} = await addWebhook(by === 'gateways' ? db : world.adminDb, {tenantId, url});

    await append(item(id, owner.id, 'after'));
    const told = await readAll(webhook.position);
    expect(told.map(({type, data}) => [type, data.message?.text])).toEqual([['message.created', 'after']]);
  },
);

test('a webhook that is added while a worker numbers waits for it', async () => {
  const {owner, id} = await overseenRoom();
  await numberAll();
  const worker = await db.connect({name: 'worker'});
  onTestFinished(() => worker.close());
  await worker.query({name: '', text: 'begin'}, [], 5_000);
  await worker.query({name: '', text: 'select from move_numbering for update'}, [], 5_000);
  await append(item(id, owner.id, 'before'));

  const adding = addWebhook(db, {tenantId, url: 'https://shop.example/madang'});
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until('it to wait', async () => (await query(waiting)).length > 0);
  await worker.query({name: '', text: 'rollback'}, [], 5_000);

  expect(await readAll((await adding).webhook.position)).toEqual([]);
});

test('says that something was pruned where a reader has not seen it, and begins with what is left', async () => {
  const {owner, id} = await overseenRoom();
  const after = await now();
  await append(item(id, owner.id));
  await numberAll();
  await query(`update events set at = at - interval '8 days'`);
  while ((await pruneEvents(db, {limit: 1_000})) > 0);
  await append(item(id, owner.id));
  await numberAll();

  const {reset, events} = await page(after);
  expect(reset).toBe(true);
  expect(events.map(({rev}) => rev)).toEqual([2]);
  expect((await page(undefined)).events).toEqual(events);
  expect((await page(undefined)).reset).toBeUndefined();
  expect((await page(events[0]!.position - 1)).reset).toBeUndefined();
});

test('without eventDays nothing is noted or told; with them again it begins there, and says so', async () => {
  const {owner, id} = await overseenRoom();
  const after = await now();
  await setDays(0);
  await append(item(id, owner.id, 'unheard'));
  await room(owner.id);
  await numberAll();
  expect(await readEvents(db, {tenantId, limit: 10})).toBeUndefined();
  expect(await query('select from event_notes')).toEqual([]);
  await setDays(7);
  await append(item(id, owner.id, 'heard'));
  await numberAll();

  const {events} = await page(undefined, {types: ['message.created']});

  expect(events.map(({data}) => data.message!.text)).toEqual(['heard']);
  expect((await page(after - 1)).reset).toBe(true);
});

test('after a restore every reader is reset, and is told what follows', async () => {
  const {owner, id} = await overseenRoom();
  const after = await now();
  await restored(world.adminDb);
  await append(item(id, owner.id, randomUUID()));
  await numberAll();

  const {reset, events, next} = await page(after);

  expect(reset).toBe(true);
  expect(events.map(({data}) => data.message?.seq)).toEqual([1]);
  expect((await page(next)).reset).toBeUndefined();
});
