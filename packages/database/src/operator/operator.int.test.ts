import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {createRoom} from '../rooms/rooms.ts';
import {putUser} from '../users/external-users.ts';
import {disableUser, insertAccount} from '../users/users.ts';
import {listRoomsForOperator, listUsersForOperator} from './operator.ts';

const {db, adminDb, tenantId, account} = await createWorld();
const color = '#112233';

const names = async (query: string) =>
  (await listUsersForOperator(adminDb, {tenantId, query, limit: 10})).map(({name}) => name);
const titles = async (query: string) =>
  (await listRoomsForOperator(adminDb, {tenantId, query, limit: 10})).map(({title}) => title);

test('an operator finds users as people do, disabled ones too, and by their id in the product', async () => {
  const {user} = await insertAccount(db, {tenantId, name: 'Ünal', passwordHash: 'hash', color});
  await disableUser(adminDb, {tenantId, userId: user.id});
  await putUser(db, {tenantId, externalId: '7', name: '김하늘', defaultColor: color});

  expect([await names('unal'), await names('하늘'), await names('늘')]).toEqual([
    ['Ünal'],
    ['김하늘'],
    ['김하늘'],
  ]);
  expect(await names('7')).toEqual(['김하늘']);
  expect(await names('none of them')).toEqual([]);
  await expect(names('8')).rejects.toMatchObject({code: 'invalid'});
});

test('an operator finds rooms as people do, private ones too', async () => {
  const owner = await account();
  const room = {tenantId, userId: owner.id, ephemeral: false} as const;
  await createRoom(db, {...room, title: 'Çatı', visibility: 'private'});
  await createRoom(db, {...room, title: '다락방', visibility: 'public'});

  expect([await titles('cati'), await titles('다락')]).toEqual([['Çatı'], ['다락방']]);
  await expect(titles('c')).rejects.toMatchObject({code: 'invalid'});
});
