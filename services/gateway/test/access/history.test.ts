/**
 * Row 10 of what the shared backend must show: a later member without the grant `history` is shown nothing from before
 * the join, exact to the rev, over any of three nodes.
 */
import {randomUUID} from 'node:crypto';
import type {Frame} from '@madang/protocol/log';
import type {RawClient, SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Product} from '../support/product.ts';
import {drawing, upload} from '../support/uploads.ts';

const caseType = {visibility: 'private', grants: {history: 'service'}} as const;

let shop: Product;
let ann: SignedIn;
let ben: SignedIn;
beforeAll(async () => {
  shop = await Product.start({
    case: caseType,
    review: {visibility: 'private', grants: {history: 'moderator'}},
  } as never);
  [ann, ben] = await Promise.all([shop.person(), shop.person()]);
});
afterAll(() => shop.stop());

const patience = (what: string) => ({timeoutMs: 20_000, what});
const entriesOf = (tab: RawClient, roomId: string) => tab.frames(roomId).flatMap(({entries}) => entries);
const add = (roomId: string, {user}: SignedIn) =>
  shop.call('POST', `/rooms/${roomId}/members`, {userId: user.id});
const send = (roomId: string, text: string, more: object = {}) =>
  shop.call<{seq: number}>('POST', `/rooms/${roomId}/messages`, {clientId: randomUUID(), text, ...more});

/** What the room's log brings a connection, up to a message that is sent now. */
async function heardUntil(tab: RawClient, roomId: string) {
  const {seq} = await send(roomId, 'end');
  await waitFor(() => entriesOf(tab, roomId).some(({rev}) => rev === seq), patience('the last message'));
  return entriesOf(tab, roomId);
}

test('lists, syncs, live changes, replies and images have nothing from before one joined', async () => {
  const roomId = await shop.room('case', [ann]);
  const early = await shop.tabOf(ann);
  const image = (await upload(shop.anyNode, ann, {bytes: await drawing(8, 8)})).attachment!;
  const picture = {roomId, clientId: randomUUID(), text: 'picture', attachmentIds: [image.id]};
  const {seq: old} = await early.call('message:send', picture);
  for (let no = 0; no < 20; no += 1) await send(roomId, `before ${no}`);
  await add(roomId, ben);
  const late = await shop.tabOf(ben);
  const {seq: first} = await send(roomId, 'first');

  const cookie = ben.cookie;
  expect(await shop.texts(roomId, {cookie})).toEqual(['first']);
  expect(await shop.texts(roomId, {cookie: ann.cookie})).toHaveLength(22);
  for (const before of [first, old + 1]) {
    expect(await late.call('message:list', {roomId, before})).toEqual({messages: [], more: false});
  }
  expect((await late.call('message:search', {query: 'before'})).hits).toEqual([]);
  expect((await early.call('message:search', {query: 'before'})).hits).toHaveLength(20);
  const state = (await late.call('session:start', {})).rooms.find(({room}) => room.id === roomId)!;
  expect(state.membership.joinedAt).toBe(first);
  expect(state).toMatchObject({unread: 1, membership: {may: expect.not.arrayContaining(['history'])}});

  await early.call('message:edit', {roomId, seq: old, text: 'edited'});
  await early.call('reaction:set', {roomId, seq: old, emoji: '👍', on: true});
  const deleted = await early.call('message:send', {roomId, clientId: randomUUID(), text: 'to go'});
  await early.call('message:delete', {roomId, seq: old + 1}).catch(() => undefined);
  await shop.call('DELETE', `/rooms/${roomId}/messages/${old + 1}`, {});
  const heard = await heardUntil(late, roomId);
  expect(heard.filter(({message, seq = message?.seq}) => seq !== undefined && seq < first)).toEqual([]);
  expect(heard.some(({rev}) => rev === deleted.rev)).toBe(true);
  const types = (await heardUntil(early, roomId)).map(({type}) => type);
  expect(types).toEqual(expect.arrayContaining(['edit', 'annotation']));

  const {epoch} = state;
  const pages = await Promise.all([
    late.call('room:sync', {roomId, after: 0}),
    late.call('room:sync', {roomId, epoch, after: first - 1}),
    shop.call<Frame>('GET', `/rooms/${roomId}/log?after=0`, undefined, {cookie}),
    late.call('session:start', {cursors: {[roomId]: {epoch, rev: first - 1}}}).then(({frames}) => frames[0]!),
  ]);
  for (const {entries, head} of pages) {
    expect(entries.flatMap(({message}) => message?.seq ?? []).filter((seq) => seq < first)).toEqual([]);
    expect([entries.length, head >= deleted.rev]).toEqual([4, true]);
  }

  expect(
    await late.ask('message:send', {roomId, clientId: randomUUID(), text: 'x', replyTo: old}),
  ).toMatchObject({ok: false, error: {code: 'invalid'}});
  const {files} = await late.call('file:sign', {ids: [image.id]});
  for (const path of [image.url, image.thumbnailUrl, files[0]!.url, files[0]!.thumbnailUrl])
    expect(await shop.image(path, path.includes('signature') ? {token: 'none', cookie: ''} : {cookie})).toBe(
      404,
    );
  expect(await shop.image(image.url, {cookie: ann.cookie})).toBe(200);
  early.close();
  late.close();
});

test('who joins again is shown the room from then on, and a service all of it', async () => {
  const roomId = await shop.room('case', [ann, ben]);
  const tab = await shop.tabOf(ann);
  const {seq} = await tab.call('message:send', {roomId, clientId: randomUUID(), text: 'mine'});
  await shop.call('DELETE', `/rooms/${roomId}/members/${ann.user.id}`, {});
  await send(roomId, 'behind');
  await add(roomId, ann);
  await send(roomId, 'after');

  expect(await shop.texts(roomId, {cookie: ann.cookie})).toEqual(['after']);
  for (const answer of [
    await tab.ask('message:edit', {roomId, seq, text: 'x'}),
    await tab.ask('message:delete', {roomId, seq}),
    await tab.ask('reaction:set', {roomId, seq, emoji: '👍', on: true}),
    await tab.ask('reaction:list', {roomId, seq, emoji: '👍'}),
  ])
    expect(answer).toMatchObject({error: {code: 'not_found'}});
  expect(await shop.texts(roomId, {cookie: ben.cookie})).toEqual(['mine', 'behind', 'after']);
  expect(await shop.texts(roomId)).toEqual(['mine', 'behind', 'after']);
  // When the key calls as the user, it keeps its own grants.
  expect(await shop.texts(roomId, {as: `id:${ann.user.id}`})).toEqual(['mine', 'behind', 'after']);
  tab.close();
});

test('a changed rule or role shows more or less with the next list, and live within two seconds', async () => {
  const roomId = await shop.room('review', []);
  const {seq} = await send(roomId, 'old');
  await add(roomId, ben);
  const tab = await shop.tabOf(ben);
  let no = 0;
  /** Whether a live edit of the old message is shown to the member. */
  const isShown = async () => {
    const path = `/rooms/${roomId}/messages/${seq}`;
    const {rev} = await shop.call<{rev: number}>('PATCH', path, {text: `old ${(no += 1)}`});
    await heardUntil(tab, roomId);
    return entriesOf(tab, roomId).some((entry) => entry.rev === rev);
  };
  const becomes = (shown: boolean, what: string) =>
    waitFor(async () => (await isShown()) === shown, patience(what));
  expect(await isShown()).toBe(false);

  await shop.call('PATCH', `/rooms/${roomId}/members/${ben.user.id}`, {role: 'moderator'});
  expect(await shop.texts(roomId, {cookie: ben.cookie})).toContain(`old ${no}`);
  await becomes(true, 'the moderator to be shown the edit');
  await shop.rule({review: {grants: {history: 'owner'}}});
  expect(await shop.texts(roomId, {cookie: ben.cookie})).not.toContain(`old ${no}`);
  await becomes(false, 'the edit to be left out');
  await shop.rule({review: {grants: {history: 'member'}}});
  expect(await shop.texts(roomId, {cookie: ben.cookie})).toContain(`old ${no}`);
  await becomes(true, 'the edit to be shown again');
  tab.close();
});
