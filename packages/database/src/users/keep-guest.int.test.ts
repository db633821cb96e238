import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {findRoomAccess} from '../rooms/rooms.ts';
import {findUserByName, insertAccount, keepGuest} from './users.ts';

const {db, tenantId, generalRoomId, guest, room} = await createWorld();

const keep = (userId: string, name: string) => keepGuest(db, {tenantId, userId, name, passwordHash: 'hash'});
const isIn = async (roomId: string, userId: string) =>
  (await findRoomAccess(db, {tenantId, roomId, userId}))?.membership !== undefined;

test('a guest becomes an account, once, and is in the default rooms and in those of before', async () => {
  const visitor = await guest('Visitor');
  const own = await room(visitor.id);

  const {user} = await keep(visitor.id, 'minji');

  expect(user).toMatchObject({id: visitor.id, kind: 'account', name: 'minji', color: visitor.color});
  expect(await findUserByName(db, {tenantId, name: 'Minji'})).toMatchObject({user: {id: visitor.id}});
  expect([await isIn(own.id, visitor.id), await isIn(generalRoomId, visitor.id)]).toEqual([true, true]);
  await expect(keep(visitor.id, 'another')).rejects.toMatchObject({
    code: 'forbidden',
    details: {reason: 'no_guest'},
  });
});

test('a guest may keep the name by which it was shown', async () => {
  const visitor = await guest('hanbyeol');
  expect((await keep(visitor.id, 'hanbyeol')).user.name).toBe('hanbyeol');
});

test('one name goes to one of many guests and newcomers who ask at once', async () => {
  const guests = await Promise.all([guest(), guest(), guest()]);

  const settled = await Promise.allSettled([
    ...guests.map(({id}) => keep(id, 'Wanted')),
    insertAccount(db, {tenantId, name: 'wanted', passwordHash: 'hash', color: '#112233'}),
  ]);

  expect(settled.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
  for (const one of settled)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({code: 'conflict'});
});
