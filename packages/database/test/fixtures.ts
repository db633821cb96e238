import {asAdmin, asApp, createEmptyDatabase, createTestDatabase} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {randomUUID} from 'node:crypto';
import {afterAll} from 'vitest';
import type {AppendItem} from '../src/messages/append.ts';
import {joinRoom} from '../src/rooms/members.ts';
import {migrate} from '../src/migrating/migrate.ts';
import {grantMembership, type Membership} from '../src/rooms/membership.ts';
import {createDatabase} from '../src/connections/pool.ts';
import {createRoom, findRoomAccess, type NewRoom} from '../src/rooms/rooms.ts';
import {findTenantByHost} from '../src/operator/tenants.ts';
import {insertAccount, insertGuest} from '../src/users/users.ts';

export const silent = {debug() {}, info() {}, warn() {}, error() {}};

/** Waits up to five seconds for a condition. */
export const until = <Value>(what: string, condition: () => Value | Promise<Value>) =>
  waitFor(condition, {what, timeoutMs: 5_000});

/** With these options of `create database`, which no clone can have. */
async function createMigratedDatabase(options: string) {
  const {url, drop} = await createEmptyDatabase(options);
  const urls = {appUrl: asApp(url), adminUrl: asAdmin(url)};
  await migrate(url, silent, urls);
  return {url, ...urls, drop};
}

/** For the tests of this package: a separate database, with short functions that make users, rooms and messages. */
export async function createWorld({options}: {options?: string} = {}) {
  const {url, appUrl, adminUrl, drop} = await (options === undefined
    ? createTestDatabase()
    : createMigratedDatabase(options));
  // Long enough for a busy machine; a test about times sets its own.
  const times = {statementTimeoutMs: 10_000, deadlineMs: 20_000};
  const connect = (as: string) => createDatabase({url: as, log: silent, applicationName: 'test', ...times});
  // The code under test has its production rights; a test's own statements use all rights.
  const [db, adminDb, owner] = [connect(appUrl), connect(adminUrl), connect(url)];
  const closers: (() => Promise<void>)[] = [];
  // No worker runs here, so nothing would be numbered for the projector, nor read by it.
  await owner.query({name: '', text: 'delete from move_readers'});
  await owner.query({name: '', text: 'update move_numbering set seen = null'});
  const {id: tenantId, defaultRoomIds} = await findTenantByHost(db, 'localhost');
  const generalRoomId = defaultRoomIds[0]!;
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
    for (const each of [db, adminDb, owner]) await each.close();
    await drop();
  });

  const account = async (name = `user-${randomUUID().slice(0, 8)}`) =>
    (await insertAccount(db, {tenantId, name, passwordHash: 'hash', color: '#112233'})).user;
  const guest = async (name = 'Guest') => (await insertGuest(db, {tenantId, name, color: '#445566'})).user;
  const room = async (userId: string, options: Partial<NewRoom> = {}) => {
    const defaults = {tenantId, userId, title: 'Kitchen', visibility: 'public', ephemeral: false} as const;
    return (await createRoom(db, {...defaults, ...options})).state.room;
  };
  const join = (roomId: string, userId: string) => joinRoom(db, {tenantId, roomId, userId});
  const member = async (roomId: string, userId: string): Promise<Membership> =>
    grantMembership((await findRoomAccess(db, {tenantId, roomId, userId}))!.membership!);
  const item = (roomId: string, senderId: string, text = 'hello'): AppendItem => ({
    tenantId,
    roomId,
    senderId,
    sender: {id: senderId, kind: 'account', name: 'someone', color: '#112233'},
    clientId: randomUUID(),
    text,
    receivedAt: performance.now(),
  });
  const query = <Row>(text: string, values: unknown[] = []) => owner.query<Row>({name: '', text}, values);

  return {
    db,
    /** As `npx madang` uses it. */
    adminDb,
    url,
    appUrl,
    tenantId,
    generalRoomId,
    account,
    guest,
    room,
    join,
    member,
    item,
    /** Closed before the database is. */
    closing<T extends {close(): Promise<void>}>(closable: T): T {
      closers.push(() => closable.close());
      return closable;
    },
    query,
    /** A session that holds transactions open; its statements have no short time-out. */
    async session() {
      const connection = await owner.connect();
      closers.push(async () => connection.destroy());
      return <Row>(text: string, values: unknown[] = []) =>
        connection.query<Row>({name: '', text}, values, 30_000);
    },
  };
}
