import {insertAccount} from '@madang/database/users/users';
import {joinRoom} from '@madang/database/rooms/members';
import {grantMembership} from '@madang/database/rooms/membership';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {closeRoom, createRoom, updateRoom} from '@madang/database/rooms/rooms';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {ServerEventPayload} from '@madang/protocol/events';
import {createLogger} from '@madang/runtime/log';
import {createTestDatabase} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest';
import {createLobbyDigests} from './lobby-digests.ts';

const log = createLogger({name: 'test', level: 'silent'});
const soon = (what: string) => ({timeoutMs: 5_000, what});
type News = ServerEventPayload<'lobby:changed'>;

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;
let tenantId: string;
let ownerId: string;
let isWatched: boolean;
let asked: boolean[];
let online: Map<string, number>;
let heard: (News | 'reset')[];
let lobby: ReturnType<typeof createLobbyDigests>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = createDatabase({url: testDatabase.appUrl, log, applicationName: 'test'});
  tenantId = (await findTenantByHost(db, 'localhost')).id;
  const owner = await insertAccount(db, {tenantId, name: 'owner', passwordHash: 'none', color: '#000000'});
  ownerId = owner.user.id;
});
afterAll(async () => {
  await db.close();
  await testDatabase.drop();
});

beforeEach(() => {
  isWatched = true;
  asked = [];
  online = new Map();
  heard = [];
  lobby = createLobbyDigests({
    db,
    occupancy: {online: async (places) => places.map((place) => online.get(place) ?? 0)},
    broadcast: {
      emitLocally: (to, event, payload) => {
        expect(to).toEqual({lobby: tenantId});
        heard.push(event === 'lobby:reset' ? 'reset' : (payload as News));
      },
    },
    hasWatchers: () => {
      asked.push(isWatched);
      return isWatched;
    },
    config: {DIGEST_MS: 20, RECOUNT_MS: 100},
    log,
  });
});
afterEach(() => lobby.close());

async function open(title: string, visibility: 'public' | 'private' = 'public') {
  const {state} = await createRoom(db, {tenantId, userId: ownerId, title, visibility, ephemeral: false});
  const {room, membership} = state;
  return {id: room.id, member: grantMembership({tenantId, roomId: room.id, userId: ownerId, ...membership})};
}

const changes = () => heard.filter((news) => news !== 'reset');
const hearOpened = (id: string) =>
  waitFor(() => changes().some(({opened}) => opened.some((room) => room.id === id)), soon('the opened room'));
const hearChanged = (id: string) =>
  waitFor(
    () =>
      changes()
        .flatMap(({changed}) => changed.find((room) => room.id === id) ?? [])
        .at(-1),
    soon('a change'),
  );
const hearClosed = (id: string) =>
  waitFor(() => changes().some(({closed}) => closed.includes(id)), soon('the closed room'));

test('tells once that a room was opened, changed and closed', async () => {
  await lobby.follow(tenantId);
  const room = await open('first');
  await hearOpened(room.id);
  await updateRoom(db, room.member, {title: 'renamed'});
  expect(await hearChanged(room.id)).toMatchObject({title: 'renamed', memberCount: 1, online: 0});
  await closeRoom(db, room.member);
  await hearClosed(room.id);

  const marker = await open('marker');
  await hearOpened(marker.id);
  const ofRoom = changes().map(({opened, changed, closed}) => [
    ...opened.filter(({id}) => id === room.id).map(() => 'opened'),
    ...changed.filter(({id}) => id === room.id).map(() => 'changed'),
    ...closed.filter((id) => id === room.id).map(() => 'closed'),
  ]);
  expect(ofRoom.flat()).toEqual(['opened', 'changed', 'closed']);
});

test('says nothing of rooms that were opened before watching', async () => {
  await open('before');
  await lobby.follow(tenantId);
  const room = await open('after');
  await hearOpened(room.id);

  expect(changes().flatMap(({opened}) => opened.map(({title}) => title))).toEqual(['after']);
});

test('shows a private room only while it is public, and never a trace of one that stays private', async () => {
  await lobby.follow(tenantId);
  const hidden = await open('hidden', 'private');
  const shown = await open('shown', 'private');
  await updateRoom(db, shown.member, {visibility: 'public'});
  await hearOpened(shown.id);
  await updateRoom(db, shown.member, {visibility: 'private'});
  await hearClosed(shown.id);
  await closeRoom(db, hidden.member);
  await closeRoom(db, shown.member);

  const marker = await open('marker');
  await hearOpened(marker.id);
  expect(JSON.stringify(heard)).not.toContain(hidden.id);
  expect(changes().flatMap(({closed}) => closed)).toEqual([shown.id]);
});

test('tells how many members a room has, and within the recount how many are online', async () => {
  const room = await open('counted');
  await lobby.follow(tenantId);
  const guest = await insertAccount(db, {tenantId, name: 'joiner', passwordHash: 'none', color: '#000000'});
  await joinRoom(db, {tenantId, roomId: room.id, userId: guest.user.id});
  expect(await hearChanged(room.id)).toMatchObject({memberCount: 2, online: 0});
  heard.length = 0;
  online.set(room.id, 2);

  expect(await hearChanged(room.id)).toMatchObject({memberCount: 2, online: 2});
});

test('tells of a room whose transaction began before others and ended after them', async () => {
  await lobby.follow(tenantId);
  const other = createDatabase({
    url: testDatabase.appUrl,
    log,
    applicationName: 'slow',
    statementTimeoutMs: 10_000,
    deadlineMs: 10_000,
  });
  // One statement is one transaction: the room appears at its end, with the number from its beginning.
  const slow = other.query({
    name: '',
    text: `with slow as materialized (
        select create_room(gen_random_uuid(), '${tenantId}', '${ownerId}', 'slow', 'public', null, null, false, null)
      ) select slow, pg_sleep(0.4) from slow`,
  });
  const quick = await open('quick');
  await hearOpened(quick.id);
  expect(JSON.stringify(heard)).not.toContain('"slow"');
  await slow;
  await other.close();

  await waitFor(
    () => changes().some(({opened}) => opened.some(({title}) => title === 'slow')),
    soon('the slow room'),
  );
  const marker = await open('marker');
  await hearOpened(marker.id);
  expect(changes().flatMap(({opened}) => opened.map(({title}) => title))).toEqual([
    'quick',
    'slow',
    'marker',
  ]);
});

test('has watchers list again when it was told to', async () => {
  await lobby.follow(tenantId);
  lobby.reset();

  expect(heard).toEqual(['reset']);
});

test('stops asking when nobody watches, and begins again with the next watcher', async () => {
  await lobby.follow(tenantId);
  isWatched = false;
  await waitFor(() => asked.includes(false), soon('the lobby to be left'));
  const unseen = await open('unseen');
  isWatched = true;
  await lobby.follow(tenantId);
  const room = await open('seen');
  await hearOpened(room.id);

  expect(JSON.stringify(heard)).not.toContain(unseen.id);
});
