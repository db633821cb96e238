import {expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {readLobbyChanges} from './lobby.ts';
import {leaveRoom} from './members.ts';
import {closeRoom, updateRoom} from './rooms.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, tenantId} = world;

/** The changes from now on, by id, and only of the given rooms: other tests share the tenant. */
async function watch() {
  const {until} = await readLobbyChanges(db, {tenantId});
  return async (roomId: string) => {
    const {opened, changed, closed} = await readLobbyChanges(db, {tenantId, since: until});
    const is = ({id}: {id: string}) => id === roomId;
    return {opened: opened.filter(is), changed: changed.filter(is), isClosed: closed.includes(roomId)};
  };
}

test('a room comes, changes with its members and goes', async () => {
  const [owner, other] = [await world.account(), await world.guest()];
  const beforeOpening = await watch();
  const {id} = await world.room(owner.id);
  expect(await beforeOpening(id)).toMatchObject({opened: [{memberCount: 1}], changed: [], isClosed: false});

  // The watermark lies behind transactions that are open elsewhere on the server, so rooms may come twice.
  const beforeJoining = await watch();
  await world.join(id, other.id);
  const joined = await beforeJoining(id);
  expect([...joined.opened, ...joined.changed]).toMatchObject([{memberCount: 2}]);

  await leaveRoom(db, await world.member(id, other.id));
  await closeRoom(db, await world.member(id, owner.id));
  expect(await beforeJoining(id)).toEqual({opened: [], changed: [], isClosed: true});
});

test('a room that is and stays private leaves no trace', async () => {
  const owner = await world.account();
  const changesOf = await watch();
  const {id} = await world.room(owner.id, {visibility: 'private'});
  await updateRoom(db, await world.member(id, owner.id), {title: 'Cellar'});
  await closeRoom(db, await world.member(id, owner.id));

  expect(await changesOf(id)).toEqual({opened: [], changed: [], isClosed: false});
});

test('sending a message is no change, and costs the lobby nothing', async () => {
  const owner = await world.account();
  const {id} = await world.room(owner.id);
  const xact = async () =>
    (await world.query<{xact: string}>('select lobby_xact::text as xact from rooms where id = $1', [id]))[0];
  const before = await xact();
  const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => {}}));
  await appender.append(world.item(id, owner.id));

  expect(await xact()).toEqual(before);
});

test('what a dump brought along from a server with higher transaction numbers does not come again and again', async () => {
  const owner = await world.account();
  const {id} = await world.room(owner.id);
  const changesOf = await watch();
  // The trigger does not act on its own columns.
  await world.query("update rooms set lobby_xact = '4611686018427387904' where id = $1", [id]);

  expect(await changesOf(id)).toEqual({opened: [], changed: [], isClosed: false});
});

test('more than can be told is said to be too much', async () => {
  const owner = await world.account();
  const {until} = await readLobbyChanges(db, {tenantId});
  await world.query(
    `insert into rooms (id, tenant_id, title, visibility, owner_id, created_by)
     select gen_random_uuid(), $1, 'Many', 'public', $2, $2 from generate_series(1, 1001)`,
    [tenantId, owner.id],
  );

  expect((await readLobbyChanges(db, {tenantId, since: until})).isTooMuch).toBe(true);
});
