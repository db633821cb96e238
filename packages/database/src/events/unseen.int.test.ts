import {randomUUID} from 'node:crypto';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {beforeAll, expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {numberMoves} from '../jobs/numbered-moves.ts';
import {createAppender} from '../messages/append.ts';
import {deleteMessage, markRead} from '../messages/messages.ts';
import {setPolicy} from '../operator/policies.ts';
import {leaveRoom} from '../rooms/members.ts';
import {grantLeave} from '../rooms/membership.ts';
import {closeRoom} from '../rooms/rooms.ts';
import {deleteUser} from '../users/users.ts';
import {readEvents} from './events.ts';
import {finishUnseenRoom, listUnseenBy, listUnseenRooms, noteUnseen} from './unseen.ts';

const world = await createWorld();
const {db, tenantId, account, room, member, join, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

async function setPush(push: boolean): Promise<void> {
  const community = presetPolicy('community');
  const types = {...community.types, room: {...community.types.room, push}};
  await setPolicy(world.adminDb, {tenantId, policy: {...community, eventDays: 7, types}, changes: []});
}
beforeAll(() => setPush(true));

async function numberAll(): Promise<void> {
  while ((await numberMoves(db, {limit: 1_000})) > 0);
}

/** A room with an owner and members who are all absent. */
async function talk(count = 1) {
  await query('delete from unseen_rooms');
  const owner = await account();
  const {id} = await room(owner.id);
  const others = await Promise.all(Array.from({length: count}, () => account()));
  for (const {id: userId} of others) await join(id, userId);
  await numberAll();
  await query('delete from unseen_rooms');
  return {id, owner, others, asOwner: await member(id, owner.id)};
}

/** Makes the messages of the room that much older. */
async function age(roomId: string, seconds: number): Promise<void> {
  await numberAll();
  await query(`update messages set created_at = created_at - $2 * interval '1 second' where room_id = $1`, [
    roomId,
    seconds,
  ]);
  await query(`update unseen_rooms set due_at = due_at - $2 * interval '1 second' where room_id = $1`, [
    roomId,
    seconds,
  ]);
}

/** Checks all due rooms, while everybody but these users is absent. */
async function look(present: string[] = []): Promise<void> {
  for (const each of await listUnseenRooms(db, {limit: 10})) {
    const userIds = each.last === null ? [] : await listUnseenBy(db, each, {limit: 100});
    await noteUnseen(
      db,
      each,
      userIds.filter((id) => !present.includes(id)),
    );
    await finishUnseenRoom(db, each);
  }
}

async function told(roomId: string) {
  await numberAll();
  const events = [];
  for (let after: number | undefined; ;) {
    const page = (await readEvents(db, {tenantId, after, types: ['message.unseen'], limit: 100}))!;
    events.push(...page.events.filter((event) => event.roomId === roomId));
    if (!page.more) return events;
    after = page.next;
  }
}
const toldOf = async (roomId: string) => (await told(roomId)).map(({data}) => [data.userId, data.seq]);

test('an absent member who has not read a message gets an event once the message is five seconds old', async () => {
  const {id, owner, others} = await talk();
  const {seq} = await append(item(id, owner.id));
  await look();
  await age(id, 4);
  await look();
  expect(await toldOf(id)).toEqual([]);

  await age(id, 2);
  await look();

  const events = await told(id);
  expect(events.map(({type, roomId, data}) => ({type, roomId, data}))).toEqual([
    {type: 'message.unseen', roomId: id, data: {userId: others[0]!.id, roomId: id, seq, unread: 1}},
  ]);
});

test('tells once until the member has read, whatever is sent meanwhile', async () => {
  const {id, owner, others} = await talk();
  const userId = others[0]!.id;
  const first = await append(item(id, owner.id));
  await age(id, 6);
  await look();
  await append(item(id, owner.id));
  await age(id, 20);
  await look();
  await look();
  expect(await toldOf(id)).toEqual([[userId, first.seq]]);

  await markRead(db, await member(id, userId), {seq: 1_000});
  const third = await append(item(id, owner.id));
  await age(id, 6);
  await look();

  expect(await toldOf(id)).toEqual([
    [userId, first.seq],
    [userId, third.seq],
  ]);
});

test('looks a second time at who was present, and then no more', async () => {
  const {id, owner, others} = await talk(2);
  const [left, stayed] = others.map((each) => each.id) as [string, string];
  const {seq} = await append(item(id, owner.id));
  await age(id, 6);
  await look([left, stayed]);
  expect(await toldOf(id)).toEqual([]);

  await age(id, 10);
  await look([stayed]);
  await age(id, 60);
  await look();

  expect(await toldOf(id)).toEqual([[left, seq]]);
  expect(await query('select from unseen_rooms where room_id = $1', [id])).toEqual([]);
});

test('what two workers find at the same time is told once', async () => {
  const {id, owner, others} = await talk(5);
  await append(item(id, owner.id));
  await age(id, 6);
  const [found] = await listUnseenRooms(db, {limit: 10});
  const userIds = await listUnseenBy(db, found!, {limit: 100});

  const left = await Promise.all([1, 2, 3].map(() => noteUnseen(db, found!, userIds)));
  if (left.every((count) => count > 0)) await noteUnseen(db, found!, userIds);

  const toldIds = (await toldOf(id)).map(([userId]) => userId);
  expect(toldIds).toHaveLength(5);
  expect(new Set(toldIds)).toEqual(new Set(others.map((each) => each.id)));
});

test('a membership that is locked is left for the next look, and nobody waits', async () => {
  const {id, owner, others} = await talk(2);
  await append(item(id, owner.id));
  await age(id, 6);
  const [found] = await listUnseenRooms(db, {limit: 10});
  const userIds = await listUnseenBy(db, found!, {limit: 100});
  const busy = await world.session();
  await busy('begin');
  await busy('select from memberships where room_id = $1 and user_id = $2 for update', [id, others[0]!.id]);

  expect(await noteUnseen(db, found!, userIds)).toBe(1);
  await busy('rollback');
  expect(await noteUnseen(db, found!, userIds)).toBe(0);

  expect(await toldOf(id)).toHaveLength(2);
});

test('a message that is numbered while a look ends is looked at', async () => {
  const {id, owner} = await talk();
  await append(item(id, owner.id));
  await age(id, 60);
  const [found] = await listUnseenRooms(db, {limit: 10});
  const ending = await world.session();
  await ending('begin');
  await ending('select finish_unseen_room($1, $2)', [id, found!.lookedAt]);
  await append(item(id, owner.id));
  const numbering = numberMoves(db, {limit: 1_000});
  await ending('commit');
  await numbering;
  await numberAll();

  expect(await query('select from unseen_rooms where room_id = $1', [id])).toHaveLength(1);
});

test('the sender, later members and former, banned, disabled, deleted and service members get no event', async () => {
  const {id, owner, others} = await talk(5);
  const [writer, leaver, banned, disabled, deleted] = others.map((each) => each.id) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const {seq} = await append(item(id, writer));
  const late = await account();
  await join(id, late.id);
  await leaveRoom(db, grantLeave({roomId: id, userId: leaver}));
  await query('update memberships set banned = true where room_id = $1 and user_id = $2', [id, banned]);
  await query('update users set disabled_at = now() where id = $1', [disabled]);
  await deleteUser(db, {userId: deleted});
  const [service] = await query<{id: string}>(
    `select id from users where tenant_id = $1 and kind = 'service'`,
    [tenantId],
  );
  await join(id, service!.id);
  await query('update memberships set read_seq = 0, joined_at_rev = 0 where room_id = $1 and user_id = $2', [
    id,
    service!.id,
  ]);
  await age(id, 6);
  await look();

  expect(await toldOf(id)).toEqual([[owner.id, seq]]);
});

test('a muted member gets an event, since a mute stops writing only', async () => {
  const {id, owner, others} = await talk();
  await query(
    `update memberships set muted_until = now() + interval '1 hour' where room_id = $1 and user_id = $2`,
    [id, others[0]!.id],
  );
  const {seq} = await append(item(id, owner.id));
  await age(id, 6);
  await look();

  expect(await toldOf(id)).toEqual([[others[0]!.id, seq]]);
});

test('what was deleted, imported or truncated, or said where nobody pushes, is no reason to tell', async () => {
  const {id, owner, others, asOwner} = await talk();
  const deleted = await append(item(id, owner.id));
  await deleteMessage(db, asOwner, {seq: deleted.seq});
  const imported = await append(item(id, owner.id));
  await query(`update messages set payload = '{"imported": true}' where room_id = $1 and seq = $2`, [
    id,
    imported.seq,
  ]);
  await age(id, 6);
  await look();
  const truncated = await append(item(id, owner.id));
  await query('update rooms set first_seq = $2 where id = $1', [id, truncated.seq + 1]);
  await age(id, 6);
  await look();

  await setPush(false);
  await append(item(id, owner.id));
  await age(id, 60);
  await look();
  expect(await query('select from unseen_rooms where room_id = $1', [id])).toEqual([]);
  await setPush(true);
  const told = await append(item(id, owner.id));
  await age(id, 6);
  await look();
  expect(await toldOf(id)).toEqual([[others[0]!.id, told.seq]]);
});

test('a room that was closed meanwhile has no event', async () => {
  const {id, owner, asOwner} = await talk();
  await append(item(id, owner.id));
  await numberAll();
  await closeRoom(db, asOwner);
  await age(id, 60);
  await look();

  expect(await toldOf(id)).toEqual([]);
  expect(await query('select from unseen_rooms where room_id = $1', [id])).toEqual([]);
});

test('ten thousand absent members get their events in pages, one each', async () => {
  const {id, owner} = await talk();
  await query(
    `with made as (
      insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
      select gen_random_uuid(), $1, 'account', $2 || no, $2 || no, $2 || no, '#112233' from generate_series(1, 10000) as no
      returning id
    )
    insert into memberships (tenant_id, room_id, user_id, joined_at_rev, read_seq) select $1, $3, id, 0, 0 from made`,
    [tenantId, `crowd-${randomUUID()}`, id],
  );
  await append(item(id, owner.id));
  await age(id, 6);
  const [found] = await listUnseenRooms(db, {limit: 10});
  for (let after: string | undefined; ;) {
    const page = await listUnseenBy(db, found!, {after, limit: 1_000});
    expect(await noteUnseen(db, found!, page)).toBe(0);
    if (page.length < 1_000) break;
    after = page.at(-1);
  }
  await finishUnseenRoom(db, found!);

  expect(await listUnseenBy(db, found!, {limit: 1_000})).toEqual([]);
  await numberAll();
  const text = `select count(*)::int as all, count(distinct user_id)::int as users from events where room_id = $1 and type = 'message.unseen'`;
  expect(await query(text, [id])).toEqual([{all: 10_001, users: 10_001}]);
});
