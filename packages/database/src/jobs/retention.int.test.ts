import {beforeEach, expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {listMessages} from '../messages/messages.ts';
import {readLog} from '../delivery/log.ts';
import {closeRoom} from '../rooms/rooms.ts';
import {blankClosedRooms, blankTruncatedRooms, expireMessages} from './jobs.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, tenantId, account, room, member, item, query} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => {}}));

beforeEach(() => setRules('room', {keepDays: null, closedDays: 0}));

async function setRules(type: string, {keepDays, closedDays}: Record<string, number | null>) {
  await query(
    `insert into room_types
      select (jsonb_populate_record(t, jsonb_build_object('name', $1::text, 'keep_days', $2::int, 'closed_days', $3::int))).*
      from room_types t where t.tenant_id = $4 and t.name = 'room'
    on conflict (tenant_id, name) do update set keep_days = excluded.keep_days, closed_days = excluded.closed_days`,
    [type, keepDays, closedDays, tenantId],
  );
}

async function expireAll(): Promise<void> {
  for (let after = await expireMessages(db, {limit: 3}); after;)
    after = await expireMessages(db, {after, limit: 3});
}

/** A room with one message for each age in days, oldest first. */
async function roomOf(ages: number[]) {
  const owner = await account();
  const {id} = await room(owner.id);
  for (const age of ages) {
    const {seq} = await appender.append(item(id, owner.id, `${age} days old`));
    await query(
      `update messages set created_at = created_at - $3 * interval '1 day' where room_id = $1 and seq = $2`,
      [id, seq, age],
    );
  }
  const asOwner = await member(id, owner.id);
  return {
    id,
    asOwner,
    texts: async () => (await listMessages(db, asOwner, {limit: 50})).messages.map(({text}) => text),
  };
}

test('a room keeps its messages for the days of its type, and its log says what is gone in one entry', async () => {
  const {id, texts} = await roomOf([40, 31, 29, 0]);
  const {texts: emptied} = await roomOf([50, 40]);
  const {texts: untouched} = await roomOf([3]);
  await setRules('room', {keepDays: 30, closedDays: 0});

  await expireAll();

  expect(await texts()).toEqual(['0 days old', '29 days old']);
  expect(await emptied()).toEqual([]);
  expect(await untouched()).toEqual(['3 days old']);
  const {entries} = await readLog(db, {roomId: id, after: 4, limit: 10});
  expect(entries).toMatchObject([{rev: 5, type: 'room', room: {firstSeq: 3}}]);
  await expireAll();
  expect((await readLog(db, {roomId: id, after: 5, limit: 10})).head).toBe(5);
  while ((await blankTruncatedRooms(db, {limit: 1})) > 0);
  expect(await query('select text from messages where room_id = $1 order by seq', [id])).toEqual([
    {text: ''},
    {text: ''},
    {text: '29 days old'},
    {text: '0 days old'},
  ]);
});

test('messages are kept permanently unless the type says otherwise', async () => {
  const {texts} = await roomOf([4_000]);

  await expireAll();

  expect(await texts()).toEqual(['4000 days old']);
});

test('a closed room is kept for the days of its type, permanently with null, and with 0 it is blanked at once', async () => {
  await setRules('kept', {keepDays: null, closedDays: null});
  await setRules('case', {keepDays: null, closedDays: 30});
  const made: Record<string, string> = {};
  for (const [name, type, closedDaysAgo] of [
    ['plain', null, 0],
    ['young', 'case', 29],
    ['old', 'case', 31],
    ['kept', 'kept', 4_000],
  ] as const) {
    const {id, asOwner} = await roomOf([0]);
    await query('update rooms set type = $2 where id = $1', [id, type]);
    await closeRoom(db, asOwner);
    await query(`update rooms set closed_at = closed_at - $2 * interval '1 day' where id = $1`, [
      id,
      closedDaysAgo,
    ]);
    made[name] = id;
  }

  while ((await blankClosedRooms(db, {limit: 10})) > 0);

  const rows = await query<{room_id: string}>(
    `select room_id from messages where text <> '' and room_id = any ($1)`,
    [Object.values(made)],
  );
  expect(new Set(rows.map(({room_id: id}) => id))).toEqual(new Set([made['young'], made['kept']]));
});
