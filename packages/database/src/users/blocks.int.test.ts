import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {openDirect} from '../rooms/rooms.ts';
import {setBlock} from './blocks.ts';
import {exportUser} from './export.ts';
import {deleteUser, updateUser} from './users.ts';

const {db, query, tenantId, account, guest, room, join} = await createWorld();
const open = (userId: string, otherId: string) => openDirect(db, {tenantId, userId, otherId});
const block = (userId: string, otherId: string, on = true) => setBlock(db, {tenantId, userId, otherId, on});

async function mutedIn(roomId: string): Promise<string[]> {
  const rows = await query<{user_id: string}>(
    'select user_id from memberships where room_id = $1 and muted_until > now()',
    [roomId],
  );
  return rows.map((row) => row.user_id);
}

test('blocks and opens at once end with the blocked user muted', async () => {
  for (let time = 0; time < 10; time += 1) {
    const [ann, bob] = [await account(), await account()];

    const [{state}] = await Promise.all([open(bob.id, ann.id), block(ann.id, bob.id)]);

    expect(await mutedIn(state.room.id)).toEqual([bob.id]);
  }
});

test('each of two who block one another is muted until the other takes it back', async () => {
  const [ann, bob] = [await account(), await account()];
  await block(ann.id, bob.id);
  const {state} = await open(ann.id, bob.id);
  expect((await block(bob.id, ann.id)).roomId).toBe(state.room.id);
  expect((await mutedIn(state.room.id)).toSorted()).toEqual([ann.id, bob.id].toSorted());

  expect((await block(ann.id, bob.id, false)).roomId).toBe(state.room.id);
  expect(await block(ann.id, bob.id, false)).toEqual({});

  expect(await mutedIn(state.room.id)).toEqual([ann.id]);
});

test('only the direct room of a stranger is a request, unless the user takes all or none', async () => {
  const [ann, bob, cem, visitor] = [await account(), await account(), await account(), await guest()];
  const isRequest = async (roomId: string, userId: string) =>
    (
      await query<{request: boolean}>('select request from memberships where room_id = $1 and user_id = $2', [
        roomId,
        userId,
      ])
    )[0]!.request;
  await updateUser(db, {tenantId, userId: ann.id, directs: 'request'});
  await updateUser(db, {tenantId, userId: cem.id, directs: 'nobody'});

  const asked = (await open(bob.id, ann.id)).state.room.id;
  expect([await isRequest(asked, ann.id), await isRequest(asked, bob.id)]).toEqual([true, false]);
  const unasked = (await open(bob.id, visitor.id)).state.room.id;
  expect(await isRequest(unasked, visitor.id)).toBe(true);
  await expect(open(bob.id, cem.id)).rejects.toMatchObject({code: 'forbidden', details: {reason: 'directs'}});

  const shared = await room(bob.id);
  await join(shared.id, cem.id);
  const met = (await open(bob.id, cem.id)).state.room.id;
  expect(await isRequest(met, cem.id)).toBe(false);
});

test('an export has whom the user blocks, and a deletion leaves no block', async () => {
  const [ann, bob] = [await account(), await account()];
  await block(ann.id, bob.id);
  await block(bob.id, ann.id);

  const lines: {type: string}[] = [];
  for await (const line of exportUser(db, {tenantId, userId: ann.id})) lines.push(line);
  expect(lines.filter(({type}) => type === 'block')).toMatchObject([{userId: bob.id}]);
  await deleteUser(db, {userId: ann.id});

  expect(await query('select from blocks where user_id = $1 or other_id = $1', [ann.id])).toEqual([]);
});
