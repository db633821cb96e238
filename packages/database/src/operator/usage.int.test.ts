import {presetPolicy} from '@madang/protocol/policy-presets';
import type {Policy} from '@madang/protocol/policy';
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {collectFiles, insertFile} from '../files/files.ts';
import {createDatabase} from '../connections/pool.ts';
import {installFunctions} from '../migrating/functions.ts';
import {createAppender} from '../messages/append.ts';
import {importMessages} from '../messages/import.ts';
import {grantManagement} from '../rooms/membership.ts';
import {closeRoom, createRoom, openDirect} from '../rooms/rooms.ts';
import {putUser, putUsers} from '../users/external-users.ts';
import {deleteUser, insertGuest} from '../users/users.ts';
import {setPolicy} from './policies.ts';
import {findTenant, insertTenant} from './tenants.ts';
import {addUpUsage, measureUsage, pruneUsage, readUsage, reportUsage} from './usage.ts';

const world = await createWorld();
const {db, adminDb, query} = world;
let made = 0;

async function tenantWith(quotas: Policy['quotas']) {
  const name = `shop-${(made += 1)}`;
  const policy = {...presetPolicy('community', name), defaultRooms: [], quotas};
  const {id} = await insertTenant(adminDb, {name, hosts: [], policy});
  return id;
}

async function setQuotas(tenantId: string, quotas: Policy['quotas']) {
  const {policy, policyVersion: version} = (await findTenant(db, tenantId))!;
  await setPolicy(adminDb, {tenantId, policy: {...policy, quotas}, version, changes: ['quotas']});
}

const user = (tenantId: string, externalId: string = randomUUID()) =>
  putUser(db, {tenantId, externalId, name: 'Kim', defaultColor: '#112233'});
const room = (tenantId: string, userId: string) =>
  createRoom(db, {tenantId, userId, title: 'Desk', visibility: 'private', ephemeral: false});
const file = (tenantId: string, userId: string, bytes: number) =>
  insertFile(db, {
    tenantId,
    userId,
    name: 'x.png',
    type: 'image/png',
    width: 1,
    height: 1,
    image: Buffer.alloc(bytes),
    thumbnail: {type: 'image/webp', image: Buffer.alloc(1)},
    quotaBytes: 1_000_000,
  });
const today = async (tenantId: string) => (await readUsage(db, {tenantId})).days.at(-1)!;
const addUpAll = async () => {
  while ((await addUpUsage(db, {limit: 1_000})) > 0);
};
const refusedFor = (quota: string, max: number) => ({code: 'forbidden', details: {quota, max}});

test('a tenant without quotas has as much as it likes, and its usage says how much', async () => {
  const tenantId = await tenantWith({});
  const {user: kim} = await user(tenantId);
  const {user: lee} = await user(tenantId);
  const {state} = await room(tenantId, kim.id);
  await openDirect(db, {tenantId, userId: kim.id, otherId: lee.id});
  await file(tenantId, kim.id, 100);

  expect(await today(tenantId)).toMatchObject({users: 2, rooms: 2, bytes: 100});
  await addUpAll();
  expect(await today(tenantId)).toMatchObject({users: 2, rooms: 2, bytes: 100});

  await closeRoom(db, grantManagement({tenantId, roomId: state.room.id, userId: kim.id}));
  await deleteUser(db, {userId: lee.id});
  await query('update attachments set orphaned_at = now() where tenant_id = $1', [tenantId]);
  await collectFiles(db, {unsentMs: 3_600_000, limit: 10});
  expect(await today(tenantId)).toMatchObject({users: 1, rooms: 1, bytes: 0});
  await addUpAll();
  expect(await today(tenantId)).toMatchObject({users: 1, rooms: 1, bytes: 0});
});

test('what would exceed a quota is refused, by whichever way it comes, and a repeat finds what there is', async () => {
  const tenantId = await tenantWith({users: 2, rooms: 1, bytes: 150});
  const [{user: kim}, {user: lee}] = [await user(tenantId, 'kim'), await user(tenantId, 'lee')];

  await expect(user(tenantId, 'new')).rejects.toMatchObject(refusedFor('users', 2));
  await expect(insertGuest(db, {tenantId, name: 'Guest', color: '#112233'})).rejects.toMatchObject(
    refusedFor('users', 2),
  );
  expect((await user(tenantId, 'kim')).user.id).toBe(kim.id);
  await room(tenantId, kim.id);
  await expect(room(tenantId, kim.id)).rejects.toMatchObject(refusedFor('rooms', 1));
  await expect(openDirect(db, {tenantId, userId: kim.id, otherId: lee.id})).rejects.toMatchObject(
    refusedFor('rooms', 1),
  );
  await file(tenantId, kim.id, 100);
  await expect(file(tenantId, lee.id, 100)).rejects.toMatchObject(refusedFor('bytes', 150));
  await addUpAll();
  await expect(user(tenantId, 'new')).rejects.toMatchObject(refusedFor('users', 2));
  expect(await today(tenantId)).toMatchObject({users: 2, rooms: 1, bytes: 100});
});

test('of many at once as many are made as the quota allows, and of a list all or none', async () => {
  const tenantId = await tenantWith({users: 5});
  const outcomes = await Promise.allSettled(Array.from({length: 8}, () => user(tenantId)));

  expect(outcomes.filter(({status}) => status === 'fulfilled')).toHaveLength(5);
  await setQuotas(tenantId, {users: 7});
  const users = ['a', 'b', 'c'].map((externalId) => ({externalId, name: 'Kim', defaultColor: '#112233'}));
  await expect(putUsers(db, tenantId, users)).rejects.toMatchObject(refusedFor('users', 7));
  expect(await today(tenantId)).toMatchObject({users: 5});
});

test('rooms that a policy makes count, and are not refused', async () => {
  const tenantId = await tenantWith({rooms: 0});
  const {policy, policyVersion: version} = (await findTenant(db, tenantId))!;
  const roomIds = {policy: {...policy, defaultRooms: ['Lobby']}, version, changes: ['defaultRooms']};
  await setPolicy(adminDb, {tenantId, ...roomIds});

  expect(await today(tenantId)).toMatchObject({rooms: 1});
});

test('once the messages of a day are spent sends are refused until the quota is raised, and a repeat is a duplicate', async () => {
  const tenantId = await tenantWith({messages: 3});
  const {user: kim} = await user(tenantId);
  const {state} = await room(tenantId, kim.id);
  const appender = world.closing(
    createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}),
  );
  const item = (clientId: string = randomUUID()) => ({
    ...world.item(state.room.id, kim.id),
    tenantId,
    clientId,
  });
  const first = item();
  expect(await appender.append(first)).toMatchObject({duplicate: false});
  await reportUsage(db, {nodeId: 'a', tenants: [{tenantId, messages: 2, calls: 5, connections: 4}]});
  await reportUsage(db, {nodeId: 'b', tenants: [{tenantId, messages: 1, calls: 1, connections: 3}]});
  await addUpAll();
  await measureUsage(db, {freshMs: 60_000});

  expect(await today(tenantId)).toMatchObject({messages: 3, calls: 6, connections: 7});
  await expect(appender.append(item())).rejects.toMatchObject({
    code: 'forbidden',
    details: {quota: 'messages'},
  });
  expect(await appender.append({...first, receivedAt: performance.now()})).toMatchObject({duplicate: true});
  await setQuotas(tenantId, {messages: 4});
  expect(await appender.append(item())).toMatchObject({duplicate: false});
});

test('an import of new messages is refused once the messages of the day are spent', async () => {
  const tenantId = await tenantWith({messages: 1});
  const {user: kim} = await user(tenantId);
  const [{id: serviceId}] = (await query<{id: string}>(
    `select id from users where tenant_id = $1 and kind = 'service'`,
    [tenantId],
  )) as [{id: string}];
  const {state} = await createRoom(db, {
    tenantId,
    userId: serviceId,
    title: 'Old',
    visibility: 'private',
    ephemeral: false,
    archived: true,
  });
  const one = {clientId: randomUUID(), senderId: kim.id, text: 'old', createdAt: '2020-01-01T00:00:00.000Z'};
  const manager = grantManagement({tenantId, roomId: state.room.id, userId: serviceId});
  const bringIn = (messages: (typeof one)[]) => importMessages(db, manager, messages);
  await bringIn([one]);
  await reportUsage(db, {nodeId: 'a', tenants: [{tenantId, messages: 1, calls: 1, connections: 0}]});
  await addUpAll();
  await measureUsage(db, {freshMs: 60_000});

  await expect(
    bringIn([{...one, clientId: randomUUID(), createdAt: '2020-01-02T00:00:00.000Z'}]),
  ).rejects.toMatchObject({code: 'forbidden', details: {quota: 'messages'}});
  expect((await bringIn([one])).results).toMatchObject([{duplicate: true}]);
});

test('days are kept, read from one to another, and forgotten when they are old', async () => {
  const tenantId = await tenantWith({users: 9});
  await query(
    `insert into usage_days (tenant_id, day, messages) values
      ($1, usage_day() - 401, 1), ($1, usage_day() - 40, 2), ($1, usage_day() - 1, 3)`,
    [tenantId],
  );
  await pruneUsage(db, {keepDays: 400, limit: 1_000});

  const {days, quotas} = await readUsage(db, {tenantId});
  expect(days.map(({messages}) => messages)).toEqual([3, 0]);
  expect(quotas).toEqual({users: 9});
  const [old] = await query<{day: string}>(
    `select day::text from usage_days where tenant_id = $1 and messages = 2`,
    [tenantId],
  );
  const found = await readUsage(db, {tenantId, from: '2000-01-01', to: old!.day});
  expect(found.days.map(({messages}) => messages)).toEqual([2]);
});

test('an upgrade counts what there was before', async () => {
  const tenantId = await tenantWith({});
  const {user: kim} = await user(tenantId);
  await room(tenantId, kim.id);
  await file(tenantId, kim.id, 100);
  // The state that the previous release left.
  for (const [trigger, table] of [
    ['users_made', 'users'],
    ['users_gone', 'users'],
    ['rooms_made', 'rooms'],
    ['rooms_closed', 'rooms'],
    ['attachments_made', 'attachments'],
    ['attachments_gone', 'attachments'],
  ])
    await query(`drop trigger ${trigger} on ${table}`);
  await query('delete from tenant_usage');
  await query('delete from usage_changes');
  await query(`update installed_functions set version = 1, hash = ''`);
  const owner = world.closing(
    createDatabase({
      url: world.url,
      log: silent,
      applicationName: 'test',
      statementTimeoutMs: 30_000,
      deadlineMs: 60_000,
    }),
  );

  expect(await installFunctions(owner)).toBe('installed');

  expect(await today(tenantId)).toMatchObject({users: 1, rooms: 1, bytes: 100});
  await user(tenantId);
  expect(await today(tenantId)).toMatchObject({users: 2});
  // Changes that are noted but not yet added up are counted once.
  await query('delete from tenant_usage');
  await query('select begin_usage()');
  expect(await today(tenantId)).toMatchObject({users: 2, rooms: 1, bytes: 100});
});
