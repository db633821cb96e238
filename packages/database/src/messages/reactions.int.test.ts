import {limits} from '@madang/protocol/limits';
import type {Frame} from '@madang/protocol/log';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {readLog, syncRoom} from '../delivery/log.ts';
import {truncateRoom} from '../rooms/rooms.ts';
import {grantReading} from '../rooms/membership.ts';
import {createAppender} from './append.ts';
import {deleteMessage, editMessage, listMessages} from './messages.ts';
import {listReactions, setReaction} from './reactions.ts';

const world = await createWorld();
const {db, account, guest, room, join, member, item, query} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => undefined}));
const [thumb, heart, family] = ['👍', '❤️', '👨‍👩‍👧‍👦'];

/** A room with one message of its owner, and further members. */
async function stage(count = 1) {
  const owner = await account();
  const {id: roomId} = await room(owner.id);
  const others = await Promise.all(Array.from({length: count}, () => guest()));
  for (const {id} of others) await join(roomId, id);
  const {seq} = await appender.append(item(roomId, owner.id));
  const react = async (userId: string, emoji = thumb, on = true, to = seq) =>
    setReaction(db, await member(roomId, userId), {seq: to, emoji, on});
  const listed = async (userId: string) =>
    (await listMessages(db, await member(roomId, userId), {limit: 10})).messages.find(
      (message) => message.seq === seq,
    )!;
  return {roomId, seq, owner, others, react, listed};
}

/** What readers hold after these frames. */
const heldAfter = (frames: Frame[]) =>
  frames
    .flatMap(({entries}) => entries)
    .map(({type, rev, seq, annotations, message}) => ({type, rev, seq, annotations, message}));

test('a reaction is a new rev of the message, and neither its text nor an edit', async () => {
  const {roomId, seq, owner, others, react, listed} = await stage();
  const before = await listed(owner.id);

  const {rev, annotations, frames} = await react(others[0]!.id);

  expect(rev).toBe(seq + 1);
  expect(annotations).toEqual({reactions: [{emoji: thumb, count: 1, by: [others[0]!.id], mine: true}]});
  const shown = {reactions: [{emoji: thumb, count: 1, by: [others[0]!.id]}]};
  expect(heldAfter(frames)).toEqual([{type: 'annotation', rev, seq, annotations: shown, message: undefined}]);
  expect(await listed(owner.id)).toEqual({...before, rev, annotations: shown});
  const caughtUp = await readLog(db, {roomId, after: seq, limit: 10});
  expect(caughtUp).toMatchObject({head: rev, entries: [{type: 'edit', rev, message: {annotations: shown}}]});
});

test('wishes of one room share a call: one rev a message, and everybody gets an own answer', async () => {
  const {roomId, seq, owner, others} = await stage(20);
  const {seq: second} = await appender.append(item(roomId, owner.id));
  const members = await Promise.all(others.map(({id}) => member(roomId, id)));

  // The first one does not wait; the others come while it is under way.
  const answers = await Promise.all([
    ...members.map((each) => setReaction(db, each, {seq, emoji: thumb, on: true})),
    ...members.slice(1).map((each) => setReaction(db, each, {seq: second, emoji: heart, on: true})),
  ]);

  const frames = answers.flatMap(({frames: each}) => each);
  const head = (await readLog(db, {roomId, after: 0, limit: 50})).head;
  expect(head - second).toBe(3);
  expect(heldAfter(frames).map(({rev}) => rev)).toEqual(
    Array.from({length: head - second}, (_, index) => second + 1 + index),
  );
  expect(heldAfter(frames).findLast((entry) => entry.seq === seq)?.annotations).toMatchObject({
    reactions: [{emoji: thumb, count: 20, by: {length: limits.reactionNames}}],
  });
  for (const {annotations} of answers) expect(annotations.reactions![0]!.mine).toBe(true);
});

test('a repeat changes nothing, and the last of two wishes at once counts', async () => {
  const {roomId, seq, others, react, listed} = await stage();
  const {id} = others[0]!;
  const asMember = await member(roomId, id);
  const {rev} = await react(id);

  expect(await react(id)).toMatchObject({rev, frames: []});
  const wishes = [
    {emoji: heart, on: true},
    {emoji: heart, on: false},
    {emoji: thumb, on: false},
    {emoji: thumb, on: true},
  ];
  await Promise.all(wishes.map((wish) => setReaction(db, asMember, {seq, ...wish})));

  expect((await listed(id)).annotations).toEqual({
    reactions: [{emoji: thumb, count: 1, by: [id], mine: true}],
  });
  expect((await react(id, thumb, false)).annotations).toEqual({});
  expect(await listed(id)).not.toHaveProperty('annotations');
  expect(await query('select from reactions where room_id = $1', [roomId])).toEqual([]);
  expect(await react(id, thumb, false)).toMatchObject({annotations: {}, frames: []});
});

test('names the newest five, counts all, and tells each reader which are theirs', async () => {
  const {roomId, seq, owner, others, react, listed} = await stage(8);
  for (const {id} of others) await react(id);
  const ids = others.map(({id}) => id);
  const oldest = ids[0]!;
  const reactionOf = async (userId: string) => (await listed(userId)).annotations!.reactions![0]!;

  expect(await reactionOf(owner.id)).toEqual({emoji: thumb, count: 8, by: ids.slice(-5).toReversed()});
  expect((await reactionOf(oldest)).mine).toBe(true);
  const asOldest = {userId: oldest, roomId, after: seq, limit: 50};
  const {entries} = await syncRoom(db, asOldest);
  expect(entries.at(-1)?.message?.annotations?.reactions?.[0]?.mine).toBe(true);

  await react(ids[7]!, thumb, false);
  expect(await reactionOf(owner.id)).toEqual({
    emoji: thumb,
    count: 7,
    by: [ids[6], ids[5], ids[4], ids[3], ids[2]],
  });
  await react(oldest, thumb, false);
  expect(await reactionOf(oldest)).toEqual({
    emoji: thumb,
    count: 6,
    by: [ids[6], ids[5], ids[4], ids[3], ids[2]],
  });
});

test('emoji keep the order in which they came, at most twenty of them', async () => {
  const {owner, others, react, listed} = await stage();
  const {id} = others[0]!;
  const emoji = Array.from({length: limits.reactionsPerMessage}, (_, no) =>
    String.fromCodePoint(0x1f600 + no),
  );

  for (const each of emoji) await react(id, each);
  await expect(react(id, family)).rejects.toMatchObject({
    code: 'forbidden',
    details: {quota: 'reactions', max: limits.reactionsPerMessage},
  });
  await react(owner.id, emoji[3]!);
  await react(id, emoji[0]!, false);
  await react(id, family);

  expect((await listed(owner.id)).annotations!.reactions!.map((each) => each.emoji)).toEqual([
    ...emoji.slice(1),
    family,
  ]);
});

test('among wishes of one call those that come first get the places that are left', async () => {
  const {others, react} = await stage();
  const {id} = others[0]!;
  const emoji = Array.from({length: 25}, (_, no) => String.fromCodePoint(0x1f600 + no));

  const outcomes = await Promise.allSettled(emoji.map((each) => react(id, each)));

  const refused = outcomes.map(({status}) => status === 'rejected');
  expect(refused.filter(Boolean)).toHaveLength(5);
});

test('an entry with the longest emoji, and everybody named, stays within its bound', async () => {
  const {others, react} = await stage(6);
  // The longest that Unicode has are of 35 bytes: couples, each with a skin tone.
  const tones = ['🏻', '🏼', '🏽', '🏾', '🏿'];
  const couples = tones.flatMap((one) => tones.map((other) => `👩${one}‍❤️‍💋‍👨${other}`)).slice(0, 20);

  const all = await Promise.all(others.flatMap(({id}) => couples.map((couple) => react(id, couple))));

  const entries = all.flatMap(({frames}) => frames.flatMap((frame) => frame.entries));
  const largest = entries.toSorted((a, b) => a.rev - b.rev).at(-1);
  expect(largest!.annotations!.reactions!.every(({by}) => by.length === limits.reactionNames)).toBe(true);
  const bytes = Buffer.byteLength(JSON.stringify(largest));
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThanOrEqual(limits.annotationBytes);
});

test('editing keeps reactions; deleting, truncating and erasing leave none', async () => {
  const {roomId, seq, owner, others, react, listed} = await stage();
  const asOwner = await member(roomId, owner.id);
  await react(others[0]!.id);
  const rows = () => query('select from reactions where room_id = $1', [roomId]);

  const {frame} = await editMessage(db, asOwner, {seq, text: 'better', data: {n: 1}});
  expect(frame.entries[0]!.message!.annotations!.reactions).toHaveLength(1);
  await deleteMessage(db, asOwner, {seq});
  expect(await listed(owner.id)).not.toHaveProperty('annotations');
  expect(await rows()).toEqual([]);
  await expect(react(others[0]!.id)).rejects.toMatchObject({code: 'conflict'});

  const {seq: next} = await appender.append(item(roomId, owner.id));
  await react(others[0]!.id, thumb, true, next);
  await truncateRoom(db, asOwner, {});
  await expect(react(others[0]!.id, heart, true, next)).rejects.toMatchObject({code: 'not_found'});
  while ((await query<{done: number}>('select blank_truncated_room(100) as done'))[0]!.done > 0);
  expect(await rows()).toEqual([]);
});

test('a removed, muted or banned member, and everybody in an archived room, may not react', async () => {
  const {roomId, seq, owner, others} = await stage(2);
  const [muted, banned] = others;
  const [asMuted, asBanned, asOwner] = [
    await member(roomId, muted!.id),
    await member(roomId, banned!.id),
    await member(roomId, owner.id),
  ];
  const wish = {seq, emoji: thumb, on: true};
  await query(`update memberships set muted_until = now() + interval '1 hour' where user_id = $1`, [
    muted!.id,
  ]);
  await query('update memberships set banned = true where user_id = $1', [banned!.id]);

  // All in one call: one refusal is nobody else's.
  const outcomes = await Promise.allSettled([
    setReaction(db, asOwner, wish),
    setReaction(db, asMuted, wish),
    setReaction(db, asBanned, wish),
    setReaction(db, asOwner, {...wish, emoji: heart}),
    setReaction(db, asOwner, {...wish, seq: seq + 100}),
  ]);
  expect(outcomes).toMatchObject([
    {status: 'fulfilled'},
    {reason: {code: 'forbidden', details: {mutedUntil: expect.any(String)}}},
    {reason: {code: 'banned'}},
    {status: 'fulfilled'},
    {reason: {code: 'not_found'}},
  ]);
  await query('update rooms set archived_at = now() where id = $1', [roomId]);
  await expect(setReaction(db, asOwner, {...wish, on: false})).rejects.toMatchObject({
    code: 'forbidden',
    details: {archived: true},
  });
});

test('lists everybody who reacted, page by page, to who may see the message', async () => {
  const {roomId, seq, owner, react} = await stage(0);
  const users = await Promise.all(Array.from({length: 130}, () => guest()));
  for (const {id} of users) await join(roomId, id);
  await Promise.all(users.map(({id}) => react(id)));
  const reading = grantReading({userId: owner.id, roomId});
  const page = (after?: string) => listReactions(db, reading, {seq, emoji: thumb, ...(after && {after})});

  const first = await page();
  const second = await page(first.next);

  expect(first.users).toHaveLength(100);
  expect(second).not.toHaveProperty('next');
  const ids = [...first.users, ...second.users].map(({id}) => id);
  expect(ids).toEqual(users.map(({id}) => id).toSorted());
  expect(await listReactions(db, reading, {seq, emoji: heart})).toEqual({users: []});
  const stranger = await account();
  await expect(
    listReactions(db, grantReading({userId: stranger.id, roomId}), {seq, emoji: thumb}),
  ).rejects.toMatchObject({code: 'forbidden'});
});

test('many touched messages come in frames that are no larger than a frame may be', async () => {
  const {roomId, owner, others, react} = await stage();
  const sent = await Promise.all(Array.from({length: 60}, () => appender.append(item(roomId, owner.id))));
  // As if each had been reacted to with twenty emoji.
  await query(
    `update messages set payload = jsonb_build_object('annotations', jsonb_build_object('reactions', (
       select jsonb_agg(jsonb_build_object('emoji', chr(128512 + no), 'count', 1, 'by', array[sender_id]))
       from generate_series(1, 20) as no)))
     where room_id = $1`,
    [roomId],
  );

  const answers = await Promise.all(
    sent.map(({seq}) => react(others[0]!.id, String.fromCodePoint(128513), true, seq)),
  );

  const frames = answers.flatMap((answer) => answer.frames).toSorted((a, b) => a.after - b.after);
  expect(frames.length).toBeGreaterThan(1);
  for (const [index, frame] of frames.entries()) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(limits.frameBytes);
    if (index > 0) expect(frame.after).toBe(frames[index - 1]!.head);
  }
});
