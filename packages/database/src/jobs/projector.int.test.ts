import {afterAll, expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {createAppender, type AppendItem} from '../messages/append.ts';
import {findMentions} from '../messages/mentions.ts';
import {deleteMessage, editMessage, markRead, markUnread} from '../messages/messages.ts';
import {
  listNotifications,
  notifyUsers,
  readInboxes,
  readNotifications,
} from '../notifications/notifications.ts';
import {addMember, removeMember} from '../rooms/members.ts';
import {grantManagement} from '../rooms/membership.ts';
import {setPrefs} from '../rooms/prefs.ts';
import {openDirect} from '../rooms/rooms.ts';
import {readSubscription} from '../delivery/log.ts';
import {insertService} from '../users/users.ts';
import {createMoveReader, numberMoves} from './numbered-moves.ts';
import {acceptAnswered, followThreads, listItems, moveProjector, writeItems} from './projector.ts';

const world = await createWorld();
const {db, tenantId, account, guest, room, join, member, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));
const reader = world.closing(createMoveReader(db, {name: 'projector', deadlineMs: 20_000}));
await reader.next(async () => {});
afterAll(() => reader.close());

/** What the worker's job does, until nothing is left. */
async function project(): Promise<void> {
  while ((await numberMoves(db, {limit: 1_000})) > 0);
  await reader.next(async (rooms, run) => {
    await acceptAnswered(run, rooms);
    await followThreads(run, rooms);
    await writeItems(run, await listItems(run, rooms));
    await moveProjector(run, rooms);
  });
}

async function send(roomId: string, senderId: string, text: string, change: Partial<AppendItem> = {}) {
  const {seq} = await append({...item(roomId, senderId, text), ...change});
  return seq;
}

/** Sends a text in which these members are mentioned. */
async function mention(
  roomId: string,
  senderId: string,
  users: readonly {id: string; name: string}[],
  text?: string,
) {
  const shown = text ?? users.map(({name}) => `@${name}`).join(' ');
  const mentions = users.map(({id}) => id);
  return send(
    roomId,
    senderId,
    shown,
    await findMentions(db, {roomId, userId: senderId, text: shown, mentions}),
  );
}

const list = (userId: string) => listNotifications(db, {userId, limit: 50});
const inboxOf = async (userId: string) =>
  (await list(userId)).notifications.map(({type, data}) => [type, data['seq']]);
const stateOf = async (roomId: string, userId: string) => (await readSubscription(db, {roomId, userId}))!;

/** A room with its owner and two members. */
async function stage() {
  const [ann, ben, eve] = [await account(), await account(), await account()];
  const {id: roomId} = await room(ann.id, {title: 'Roof'});
  for (const {id} of [ben, eve]) await join(roomId, id);
  return {roomId, ann, ben, eve};
}

test('who is mentioned finds it, with what the message says now and where it is', async () => {
  const {roomId, ann, ben, eve} = await stage();
  const seq = await mention(roomId, ann.id, [ben], `hello @${ben.name}`);
  await project();

  const {notifications, unread} = await list(ben.id);
  expect(unread).toBe(1);
  expect(notifications).toMatchObject([
    {
      type: 'madang.mention',
      data: {
        title: 'someone · Roof',
        text: `hello @${ben.name}`,
        link: `/rooms/${roomId}/${seq}`,
        roomId,
        seq,
        sender: {id: ann.id, kind: 'account'},
      },
    },
  ]);
  expect(await stateOf(roomId, ben.id)).toMatchObject({mentions: 1, prefs: {level: 'mentions'}});
  for (const other of [ann, eve]) expect(await list(other.id)).toEqual({notifications: [], unread: 0});

  await editMessage(db, await member(roomId, ann.id), {seq, text: `bye @${ben.name}`});
  await project();
  expect((await list(ben.id)).notifications).toMatchObject([{data: {text: `bye @${ben.name}`}}]);
});

test('mentions members alone, by the longest name that stands after an @', async () => {
  const {roomId, ann} = await stage();
  const short = await guest('김한');
  const long = await guest('김한결');
  const outside = await guest('Outside');
  for (const {id} of [short, long]) await join(roomId, id);
  const ask = (text: string, mentions = [short.id, long.id, outside.id, ann.id]) =>
    findMentions(db, {roomId, userId: ann.id, text, mentions});

  expect(await ask('@김한결님')).toEqual({mentions: [{id: long.id, name: '김한결'}]});
  expect(await ask('@김한결님', [short.id])).toEqual({});
  expect(await ask('@김한 씨')).toEqual({mentions: [{id: short.id, name: '김한'}]});
  expect(await ask('@Outside 김한')).toEqual({});
  expect(await ask(`@${ann.name.toUpperCase()}`)).toEqual({});
});

test('notifies everybody where the sender may, in rooms up to 1,000 members', async () => {
  const {roomId, ann, ben, eve} = await stage();
  const ask = (userId: string) => findMentions(db, {roomId, userId, text: 'all', notify: 'room'});
  expect(await ask(ben.id)).toEqual({notify: 'room'});

  await send(roomId, ben.id, 'all', {notify: 'room'});
  await project();
  expect(await inboxOf(ann.id)).toHaveLength(1);
  expect(await inboxOf(eve.id)).toHaveLength(1);
  expect(await inboxOf(ben.id)).toEqual([]);

  await query('update rooms set member_count = 21 where id = $1', [roomId]);
  expect(await ask(ben.id)).toEqual({});
  expect(await ask(ann.id)).toEqual({notify: 'room'});
  await query('update rooms set member_count = 1001 where id = $1', [roomId]);
  expect(await ask(ann.id)).toEqual({});
  await send(roomId, ann.id, 'all', {notify: 'room'});
  await project();
  expect(await inboxOf(eve.id)).toHaveLength(1);
});

test('whose message is answered finds that, once, also where the answer mentions', async () => {
  const {roomId, ann, ben} = await stage();
  const asked = await send(roomId, ben.id, 'who?');
  const answer = await send(roomId, ann.id, 'me', {replyTo: asked});
  const both = await send(roomId, ann.id, `@${ben.name}`, {
    replyTo: asked,
    mentions: [{id: ben.id, name: ben.name}],
  });
  await send(roomId, ben.id, 'myself', {replyTo: asked});
  await project();

  expect(await inboxOf(ben.id)).toEqual([
    ['madang.mention', both],
    ['madang.reply', answer],
  ]);
});

test('gives no item to who has read, wants none, has blocked the sender, or is not there', async () => {
  const {roomId, ann, ben, eve} = await stage();
  const [muting, blocking, later] = [await account(), await account(), await account()];
  for (const {id} of [muting, blocking]) await join(roomId, id);
  await setPrefs(db, await member(roomId, muting.id), {level: 'none'});
  await query('insert into blocks (user_id, other_id) values ($1, $2)', [blocking.id, ann.id]);
  const all = [ann, ben, eve, muting, blocking, later].map(({id, name}) => ({id, name}));
  const seq = await send(roomId, ann.id, 'all', {mentions: all});
  await markRead(db, await member(roomId, eve.id), {seq});
  await join(roomId, later.id);
  await project();

  expect(await inboxOf(ben.id)).toEqual([['madang.mention', seq]]);
  for (const {id} of [ann, eve, muting, blocking, later]) expect(await inboxOf(id)).toEqual([]);
});

test('read:mark reads the items of its room, and no others; what it read stays read when marked as unread', async () => {
  const {roomId, ann, ben} = await stage();
  const elsewhere = await room(ann.id, {title: 'Cellar'});
  await join(elsewhere.id, ben.id);
  const seqs = [await mention(roomId, ann.id, [ben]), await mention(roomId, ann.id, [ben])];
  await mention(elsewhere.id, ann.id, [ben]);
  await project();
  const me = await member(roomId, ben.id);
  expect(await list(ben.id)).toMatchObject({unread: 3});

  expect(await markRead(db, me, {seq: seqs[0]!})).toEqual({
    readSeq: seqs[0],
    unread: 1,
    mentions: 1,
    items: 1,
  });
  expect(await list(ben.id)).toMatchObject({unread: 2});
  expect(await markRead(db, me, {seq: seqs[1]!})).toMatchObject({mentions: 0, items: 1});
  expect(await markRead(db, me, {seq: seqs[1]!})).toMatchObject({items: 0});
  const {notifications} = await list(ben.id);
  const isRead = new Map(notifications.map(({data, readAt}) => [data['link'], readAt !== undefined]));
  expect(isRead).toEqual(
    new Map([
      [`/rooms/${elsewhere.id}/1`, false],
      ...seqs.map((seq) => [`/rooms/${roomId}/${seq}`, true] as const),
    ]),
  );

  expect(await markUnread(db, me, {seq: seqs[0]!})).toEqual({
    readSeq: seqs[0]! - 1,
    unread: 2,
    mentions: 0,
    items: 0,
  });
  expect(await markUnread(db, me, {seq: seqs[1]!})).toMatchObject({readSeq: seqs[0]! - 1});
  const [news] = await readInboxes(db, [{userId: ben.id, after: 0}], {limit: 50});
  expect(news).toMatchObject({unread: 1, mentions: {[roomId]: 0, [elsewhere.id]: 1}});
});

test('shows and counts no item that is deleted, truncated or out of rights', async () => {
  const {roomId, ann, ben} = await stage();
  const [gone, kept] = [await mention(roomId, ann.id, [ben]), await mention(roomId, ann.id, [ben])];
  await notifyUsers(db, {tenantId, senderId: ann.id, to: [ben.id], type: 'order', data: {}});
  await project();
  const manager = grantManagement({tenantId, roomId, userId: ann.id});
  expect(await list(ben.id)).toMatchObject({unread: 3});

  await deleteMessage(db, manager, {seq: gone});
  expect(await list(ben.id)).toMatchObject({unread: 2});
  expect(await inboxOf(ben.id)).toEqual([
    ['madang.mention', kept],
    ['order', undefined],
  ]);
  expect(await stateOf(roomId, ben.id)).toMatchObject({mentions: 1});

  await removeMember(db, manager, {userId: ben.id});
  expect(await list(ben.id)).toMatchObject({unread: 1});
  expect(await inboxOf(ben.id)).toEqual([['order', undefined]]);
  expect(await readInboxes(db, [{userId: ben.id, after: 0}], {limit: 50})).toMatchObject([
    {unread: 1, created: [{notification: {type: 'order'}}]},
  ]);
  const {notifications} = await list(ben.id);
  expect(await readNotifications(db, {userId: ben.id, upTo: notifications[0]!.id})).toMatchObject({
    unread: 0,
  });

  await join(roomId, ben.id);
  expect(await inboxOf(ben.id)).toHaveLength(2);
});

test('lists what is shown page by page, past items that are not', async () => {
  const {roomId, ann, ben} = await stage();
  const seqs: number[] = [];
  for (let no = 0; no < 9; no += 1) seqs.push(await mention(roomId, ann.id, [ben]));
  await project();
  const manager = grantManagement({tenantId, roomId, userId: ann.id});
  for (const seq of seqs.slice(2, 7)) await deleteMessage(db, manager, {seq});

  const first = await listNotifications(db, {userId: ben.id, limit: 3});
  const second = await listNotifications(db, {userId: ben.id, limit: 3, after: first.next!});

  expect([...first.notifications, ...second.notifications].map(({data}) => data['seq'])).toEqual(
    [0, 1, 7, 8].map((no) => seqs[no]).toReversed(),
  );
  expect(second.next).toBeUndefined();
});

test('who is added by another person finds that, until the membership ends or the room is read', async () => {
  const {roomId, ann, ben, eve} = await stage();
  const added = await account();
  const byAnn = grantManagement({tenantId, roomId, userId: ann.id});
  await addMember(db, byAnn, {userId: added.id});
  await addMember(db, byAnn, {userId: added.id});
  const service = await insertService(db, {tenantId, name: 'desk', color: '#112233'});
  await removeMember(db, byAnn, {userId: eve.id});
  await addMember(db, grantManagement({tenantId, roomId, userId: service.user.id}), {userId: eve.id});

  expect((await list(added.id)).notifications).toMatchObject([
    {
      type: 'madang.invited',
      data: {title: `${ann.name} · Roof`, link: `/rooms/${roomId}`, sender: {id: ann.id}},
    },
  ]);
  expect(await stateOf(roomId, added.id)).toMatchObject({mentions: 0});
  for (const {id} of [ben, eve]) expect(await inboxOf(id)).toEqual([]);

  await removeMember(db, byAnn, {userId: added.id});
  expect(await list(added.id)).toEqual({notifications: [], unread: 0});
  await join(roomId, added.id);
  await markRead(db, await member(roomId, added.id), {seq: 0});
  expect(await list(added.id)).toMatchObject({notifications: [{readAt: expect.any(String)}], unread: 0});
});

test('a stranger who asks has one item, for the first message, until the request is accepted', async () => {
  const [ann, ben] = [await account(), await account()];
  const {state} = await openDirect(db, {tenantId, userId: ann.id, otherId: ben.id});
  const roomId = state.room.id;
  await query('update memberships set request = true where room_id = $1 and user_id = $2', [roomId, ben.id]);
  const first = await send(roomId, ann.id, 'hello');
  await mention(roomId, ann.id, [ben]);
  await project();
  expect(await inboxOf(ben.id)).toEqual([['madang.request', first]]);

  await send(roomId, ben.id, 'hi');
  await project();
  const later = await mention(roomId, ann.id, [ben]);
  await project();

  expect((await stateOf(roomId, ben.id)).prefs).toEqual({level: 'all', hidden: false, request: false});
  expect(await inboxOf(ben.id)).toEqual([
    ['madang.mention', later],
    ['madang.request', first],
  ]);
});

test('no message is projected twice, also where the transaction fails', async () => {
  const {roomId, ann, ben} = await stage();
  await mention(roomId, ann.id, [ben]);
  while ((await numberMoves(db, {limit: 1_000})) > 0);
  await reader
    .next(async (rooms, run) => {
      await writeItems(run, await listItems(run, rooms));
      await moveProjector(run, rooms);
      throw new Error('killed');
    })
    .catch(() => undefined);
  expect(await inboxOf(ben.id)).toEqual([]);

  await project();
  await send(roomId, ann.id, 'plain');
  await project();

  expect(await inboxOf(ben.id)).toHaveLength(1);
});

test('a mark and an item that meet leave nothing unread that was read', async () => {
  const {roomId, ann, ben} = await stage();
  const me = await member(roomId, ben.id);
  for (let no = 0; no < 20; no += 1) {
    const seq = await mention(roomId, ann.id, [ben]);
    await Promise.all([project(), markRead(db, me, {seq})]);
  }

  expect(await list(ben.id)).toMatchObject({unread: 0});
  expect(await stateOf(roomId, ben.id)).toMatchObject({mentions: 0, unread: 0});
});

test('an edit keeps the mentions whose names still stand in the text', async () => {
  const {roomId, ann, ben, eve} = await stage();
  const seq = await mention(roomId, ann.id, [ben, eve]);
  const me = await member(roomId, ann.id);
  const stored = async () =>
    (
      await query<{mentions: unknown}>(
        `select payload -> 'mentions' as mentions from messages where room_id = $1 and seq = $2`,
        [roomId, seq],
      )
    )[0]!.mentions;

  await editMessage(db, me, {seq, text: `only @${eve.name}`});
  expect(await stored()).toEqual([{id: eve.id, name: eve.name}]);
  await editMessage(db, me, {seq, data: {order: 1}});
  expect(await stored()).toEqual([{id: eve.id, name: eve.name}]);
  await editMessage(db, me, {seq, text: 'nobody'});
  expect(await stored()).toBeNull();
});
