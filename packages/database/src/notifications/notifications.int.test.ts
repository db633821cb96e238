import {randomUUID} from 'node:crypto';
import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import {expect, test} from 'vitest';
import {blankGoneUsers, endMembershipsOfDeletedUsers, pruneNotifications} from '../jobs/jobs.ts';
import {
  listNotifications,
  notifyUsers,
  readInboxes,
  readInboxHead,
  readNotifications,
  type NewNotifications,
} from './notifications.ts';
import {createPulse} from '../delivery/pulse.ts';
import {insertTenant} from '../operator/tenants.ts';
import {createWorld} from '../../test/fixtures.ts';
import {deleteUser, insertService} from '../users/users.ts';

const world = await createWorld();
const {db, tenantId, account, guest, query} = world;
const service = await insertService(db, {tenantId, name: 'desk', color: '#112233'});
const senderId = service.user.id;

const notify = (to: string[], change: Partial<NewNotifications> = {}) =>
  notifyUsers(db, {tenantId, senderId, to, type: 'order', data: {}, ...change});
const numbered = (to: string[], no: number) => notify(to, {data: {no}});
const list = (userId: string, page: {after?: string; limit?: number} = {}) =>
  listNotifications(db, {userId, limit: 50, ...page});
const numbersOf = ({notifications}: {notifications: {data: Record<string, unknown>}[]}) =>
  notifications.map(({data}) => data.no);
const codeOf = async (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof ChatError ? error.code : error),
  );

test('gives each recipient a notification, newest first, that nobody else has', async () => {
  const [ada, ben, eve] = [await account(), await guest(), await account()];
  const data = {of: ['cake', null], note: null};

  const {ids} = await notify([ada.id, ben.id], {data});
  await numbered([ada.id], 2);

  const held = await list(ada.id);
  expect(held).toMatchObject({unread: 2, notifications: [{data: {no: 2}}, {id: ids[0], type: 'order'}]});
  expect(held.notifications[1]!.data).toEqual(data);
  expect(held.notifications[1]!.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/);
  expect((await list(ben.id)).notifications.map(({id}) => id)).toEqual([ids[1]]);
  expect(await list(eve.id)).toEqual({notifications: [], unread: 0});
});

test('answers for each place of the call, and notifies who is named twice once', async () => {
  const [ada, ben] = [await account(), await account()];

  const {ids} = await notify([ada.id, ben.id, ada.id]);

  expect(ids).toHaveLength(3);
  expect(ids[2]).toBe(ids[0]);
  expect(await list(ada.id)).toMatchObject({unread: 1, notifications: [{id: ids[0]}]});
});

test('one key at once many times is one notification each, with the first answer for all, also later', async () => {
  const to = [(await account()).id, (await account()).id];
  const key = randomUUID();

  const answers = await Promise.all(Array.from({length: 20}, () => notify(to, {key})));
  const late = await notify([to[0]!], {key, type: 'other'});

  expect(answers.filter(({duplicate}) => !duplicate)).toHaveLength(1);
  for (const {ids} of [...answers, late]) expect(ids).toEqual(answers[0]!.ids);
  for (const userId of to)
    expect(await list(userId)).toMatchObject({unread: 1, notifications: [{type: 'order'}]});
});

test('the same key of another sender is another call', async () => {
  const {id} = await account();
  const other = await insertService(db, {tenantId, name: 'other desk', color: '#112233'});

  await notify([id], {key: 'order 1'});
  await notify([id], {key: 'order 1', senderId: other.user.id});

  expect((await list(id)).unread).toBe(2);
});

test('notifies nobody when one of them is unknown, gone or of another tenant, and says who', async () => {
  const [ada, gone] = [await account(), await account()];
  await deleteUser(db, {userId: gone.id});
  const elsewhere = await insertTenant(world.adminDb, {name: `other-${randomUUID()}`, hosts: []});
  const foreign = await insertService(db, {tenantId: elsewhere.id, name: 'desk', color: '#112233'});

  for (const unknown of [randomUUID(), gone.id, foreign.user.id]) {
    const error = await notify([ada.id, unknown], {key: unknown}).catch((refused: unknown) => refused);
    expect(error).toMatchObject({code: 'not_found', details: {userIds: [unknown]}});
  }
  expect(await list(ada.id)).toEqual({notifications: [], unread: 0});
});

test('pages without gap or repetition while new ones come in', async () => {
  const {id} = await account();
  for (let no = 1; no <= 5; no += 1) await numbered([id], no);

  const first = await list(id, {limit: 2});
  await numbered([id], 6);
  const second = await list(id, {limit: 2, after: first.next!});
  const third = await list(id, {limit: 2, after: second.next!});

  expect([first, second, third].map(numbersOf)).toEqual([[5, 4], [3, 2], [1]]);
  expect(third.next).toBeUndefined();
  expect(await codeOf(list(id, {after: 'x'}))).toBe('invalid');
  expect(await codeOf(list(id, {after: Buffer.from('["x"]').toString('base64url')}))).toBe('invalid');
});

test('a page of large ones has no more than 256 KiB, and the rest follows', async () => {
  const {id} = await account();
  const data = {text: 'x'.repeat(limits.notificationBytes - 20)};
  for (let count = 0; count < 70; count += 1) await notify([id], {data});

  const first = await list(id, {limit: 200});
  const rest = await list(id, {limit: 200, after: first.next!});

  expect(JSON.stringify(first).length).toBeLessThan(limits.syncBytes + 1_000);
  expect(first.notifications.length + rest.notifications.length).toBe(70);
  expect(rest.next).toBeUndefined();
});

test("marks as read by ids or up to one, once, and only one's own", async () => {
  const [ada, ben] = [await account(), await account()];
  const sent = [];
  for (let no = 1; no <= 4; no += 1) sent.push(await numbered([ada.id, ben.id], no));
  const [one, two, three] = sent.map(({ids}) => ids[0]!) as [string, string, string];
  const read = (ids: string[]) => readNotifications(db, {userId: ada.id, ids});

  expect(await read([two, randomUUID(), sent[3]!.ids[1]!])).toEqual({unread: 3, changed: true});
  expect(await read([two])).toEqual({unread: 3, changed: false});
  expect(await readNotifications(db, {userId: ada.id, upTo: three})).toEqual({unread: 1, changed: true});
  expect(await codeOf(readNotifications(db, {userId: ben.id, upTo: one}))).toBe('not_found');

  const {notifications, unread} = await list(ada.id);
  expect([unread, notifications.map(({readAt}) => readAt !== undefined)]).toEqual([
    1,
    [false, true, true, true],
  ]);
  expect((await list(ben.id)).unread).toBe(4);
});

test('tells what is above a position: new ones in order, part by part, and what was read meanwhile', async () => {
  const {id: userId} = await account();
  expect(await readInboxHead(db, userId)).toBe(0);
  const sent = [];
  for (let no = 1; no <= 3; no += 1) sent.push(await numbered([userId], no));
  const news = async (after: number, limit = 10) => (await readInboxes(db, [{userId, after}], {limit}))[0];

  const all = await news(0);
  const part = await news(0, 2);
  await readNotifications(db, {userId, ids: [sent[0]!.ids[0]!]});

  expect(all!.created.map(({seq, notification}) => [seq, notification.data.no])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(part!.created).toHaveLength(2);
  expect(await readInboxHead(db, userId)).toBe(4);
  expect(await news(3)).toEqual({
    userId,
    head: 4,
    mentions: null,
    unread: 2,
    created: [],
    read: [{rev: 4, id: sent[0]!.ids[0]}],
  });
  expect(await news(4)).toBeUndefined();
});

test('every pulse hears of a call and of a reading once, however many users they concern', async () => {
  const to = [(await account()).id, (await account()).id];
  const {ask} = world.closing(createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000}));
  await ask([]);

  const {ids} = await notify(to);
  await readNotifications(db, {userId: to[0]!, ids});

  expect((await ask([])).signals).toEqual([
    {kind: 'notified', userIds: to},
    {kind: 'notified', userIds: [to[0]]},
  ]);
});

test('calls to the same recipients in any order at once wait for one another, and lose nothing', async () => {
  const to = await Promise.all(Array.from({length: 20}, async () => (await account()).id));

  await Promise.all(Array.from({length: 30}, (_, no) => notify(no % 2 === 0 ? to : to.toReversed())));

  for (const userId of to) expect((await list(userId)).unread).toBe(30);
});

test('forgets old notifications, a call at a time, and keeps the count right', async () => {
  const [ada, ben] = [await account(), await account()];
  const [old, older] = [await notify([ada.id, ben.id]), await notify([ada.id])];
  await notify([ada.id]);
  await readNotifications(db, {userId: ada.id, ids: old.ids});
  const oldIds = [...old.ids, ...older.ids];
  await query(
    `update notification_batches set created_at = now() - interval '91 days' where ids && $1::uuid[]`,
    [oldIds],
  );
  const prune = () => pruneNotifications(db, {keepMs: 90 * 86_400_000});

  expect([await prune(), await prune(), await prune()]).toEqual([1, 1, 0]);
  expect(await list(ada.id)).toMatchObject({unread: 1, notifications: [{}]});
  expect(await list(ben.id)).toEqual({notifications: [], unread: 0});
});

test('nothing is kept of what someone was notified of who is gone', async () => {
  const {id} = await account();
  await notify([id]);
  await deleteUser(db, {userId: id});

  await endMembershipsOfDeletedUsers(db, {limit: 10});
  await blankGoneUsers(db, {limit: 10});

  expect(await query('select from notifications where user_id = $1', [id])).toEqual([]);
});

test('notifies 1,000 users in one call well within the time that a statement has', async () => {
  const to: string[] = Array.from({length: 1_000}, () => randomUUID());
  await query(
    `insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
     select id, $1, 'guest', 'g', 'g', 'g', '#112233' from unnest($2::uuid[]) id`,
    [tenantId, to],
  );

  const {ids} = await notify(to, {data: {text: 'x'.repeat(1_000)}});

  expect(new Set(ids).size).toBe(1_000);
  expect(await list(to[999]!)).toMatchObject({unread: 1, notifications: [{id: ids[999]}]});
});
