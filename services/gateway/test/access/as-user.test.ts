/**
 * Row 9 of what the shared backend must show: a product's server calls as its users, visibly to everybody, and within
 * the users' bans.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {listAudit} from '@madang/database/operator/audit';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {disableUser} from '@madang/database/users/users';
import type {Frame} from '@madang/protocol/log';
import type {Scope} from '@madang/protocol/keys';
import type {ListMessagesResult, Message, SendMessageResult} from '@madang/protocol/messages';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {crowdedRates} from '@madang/testkit/crowded-rates';
import {patientRequest, RawClient, registerAccount} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {drawing, upload} from '../support/uploads.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

let cluster: Gateways;
let db: Database;
let tenantId: string;
let key: string;
let service: User;
let ann: User;
let roomId: string;
beforeAll(async () => {
  cluster = await startGateways(3);
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  ({id: tenantId} = await findTenantByHost(db, '127.0.0.1'));
  ({key, user: service} = await keyOf('users', 'rooms', 'members', 'read', 'send', 'act'));
  ann = await customer('ann');
  const made = await call<RoomState>('POST', '/rooms', {body: {title: 'Case 7', visibility: 'private'}});
  roomId = made.body.room.id;
  await call('POST', `/rooms/${roomId}/members`, {body: {userId: ann.id}});
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
});

const keyOf = (...scopes: Scope[]) => addApiKey(db, {tenantId, service: 'shop', scopes});

type Options = {as?: string; token?: string; cookie?: string; body?: object; node?: number};
function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  {as, token = key, cookie, body, node = 0}: Options = {},
) {
  const headers: Record<string, string> = as === undefined ? {} : {'madang-as-user': as};
  const credential = cookie === undefined ? {token} : {cookie};
  return patientRequest<Body>(cluster.urls[node]!, method, path, {headers, body, ...credential});
}
const send = (text: string, options: Options = {}) =>
  call<SendMessageResult>('POST', `/rooms/${roomId}/messages`, {
    body: {clientId: randomUUID(), text},
    as: 'ann',
    ...options,
  });
const refused = (status: number, code: string, details?: object) => ({
  status,
  body: {error: {code, ...(details && {details})}},
});

async function customer(externalId: string): Promise<User> {
  const path = `/users/${encodeURIComponent(externalId)}`;
  const {body} = await call<{user: User}>('PUT', path, {body: {name: externalId}});
  return body.user;
}

async function list(node = 0): Promise<Message[]> {
  const {body} = await call<ListMessagesResult>('GET', `/rooms/${roomId}/messages`, {node});
  return body.messages;
}

test('a message as a user is the user’s, and names the service, live, in the log and in every list', async () => {
  const tab = await RawClient.connect(cluster.urls[2]!, {user: service, cookie: '', token: key});
  await tab.call('session:start', {});
  const {status, body} = await send('Hello', {node: 1});
  expect(status).toBe(200);

  const expected = {
    seq: body.seq,
    text: 'Hello',
    sender: {id: ann.id, kind: 'account'},
    via: {id: service.id, name: 'shop', kind: 'service'},
  };
  const live = await waitFor(
    () =>
      tab
        .events<Frame>('room:log')
        .flatMap(({entries}) => entries)
        .find(({rev}) => rev === body.seq),
    {timeoutMs: 10_000, what: 'the message'},
  );
  expect(live.message).toMatchObject(expected);
  for (const node of [0, 1, 2]) {
    const found = (await list(node)).find(({seq}) => seq === body.seq);
    expect(found).toEqual(live.message);
  }
  const {body: own} = await send('Mine', {as: undefined as never, node: 2});
  expect((await list()).find(({seq}) => seq === own.seq)).not.toHaveProperty('via');
  tab.close();
});

test('a retry, an edit and a deletion as the user find the message, which keeps its service', async () => {
  const clientId = randomUUID();
  const path = `/rooms/${roomId}/messages`;
  const {body} = await call<SendMessageResult>('POST', path, {as: 'ann', body: {clientId, text: 'one'}});
  const again = await call('POST', path, {as: `id:${ann.id}`, body: {clientId, text: 'one'}, node: 1});
  expect(again.body).toMatchObject({seq: body.seq, duplicate: true});

  const edit = {as: 'ann', body: {text: 'two', data: {no: 2}}};
  expect((await call('PATCH', `${path}/${body.seq}`, edit)).status).toBe(200);
  const via = {id: service.id, name: 'shop'};
  expect((await list()).find(({seq}) => seq === body.seq)).toMatchObject({text: 'two', data: {no: 2}, via});
  expect((await call('DELETE', `${path}/${body.seq}`, {as: 'ann', body: {}})).status).toBe(200);
  expect((await list()).find(({seq}) => seq === body.seq)).toMatchObject({text: '', via});
});

test('who is banned, muted, no member, disabled, unknown or a service is not called as', async () => {
  const ben = await customer('ben');
  expect(await send('no', {as: 'ben'})).toMatchObject(refused(404, 'not_found'));
  await call('POST', `/rooms/${roomId}/members`, {body: {userId: ben.id}});
  expect((await send('yes', {as: 'ben'})).status).toBe(200);
  const member = `/rooms/${roomId}/members/${ben.id}`;
  const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();
  await call('PATCH', member, {body: {mutedUntil}});
  expect(await send('no', {as: 'ben'})).toMatchObject(refused(403, 'forbidden', {mutedUntil}));
  await call('PATCH', member, {body: {banned: true}});
  for (const [method, path, body] of [
    ['POST', 'messages', {clientId: randomUUID(), text: 'no'}],
    ['GET', 'messages', undefined],
    ['GET', 'log?after=0', undefined],
    ['POST', 'members', {userId: ann.id}],
  ] as const) {
    const found = await call(method, `/rooms/${roomId}/${path}`, {as: 'ben', body, node: 2});
    expect([path, found]).toMatchObject([path, refused(403, 'banned')]);
  }

  await customer('cid').then(({id: userId}) => disableUser(db, {tenantId, userId}));
  expect(await send('no', {as: 'cid'})).toMatchObject(refused(403, 'forbidden'));
  expect(await send('no', {as: 'nobody'})).toMatchObject(refused(404, 'not_found'));
  expect(await send('no', {as: `id:${service.id}`})).toMatchObject(refused(403, 'forbidden'));
  expect(await send('no', {as: `id:${randomUUID()}`})).toMatchObject(refused(404, 'not_found'));
  for (const as of ['', '%', 'x'.repeat(129), '%00'])
    expect([as, await send('no', {as})]).toMatchObject([as, refused(400, 'invalid')]);
});

test('a key without `act`, a session, and a user of another tenant are refused', async () => {
  const {key: plain} = await keyOf('users', 'rooms', 'members', 'read', 'send');
  expect(await send('no', {token: plain})).toMatchObject(refused(403, 'forbidden', {scope: 'act'}));
  const {key: mute} = await keyOf('act', 'read');
  expect(await send('no', {token: mute})).toMatchObject(refused(403, 'forbidden', {scope: 'send'}));
  const {cookie} = await registerAccount(cluster.urls[0]!);
  expect(await send('no', {cookie})).toMatchObject(refused(403, 'forbidden', {scope: 'act'}));
  expect(await call('DELETE', '/me', {as: 'ann', body: {}})).toMatchObject(refused(403, 'forbidden'));
  const credentials = {username: 'nobody', password: 'correct horse battery'};
  expect(await call('POST', '/auth/login', {as: 'ann', body: credentials})).toMatchObject(
    refused(400, 'invalid'),
  );
});

test('rooms, memberships and what is read as a user are the user’s, and grants stay the key’s', async () => {
  const dan = await customer('dan 7/김');
  const as = encodeURIComponent('dan 7/김');
  const {body} = await call<RoomState>('POST', '/rooms', {as, body: {title: 'Dan’s'}});
  expect(body.room.owner.id).toBe(dan.id);
  const me = await call<{user: User; rooms: RoomState[]}>('GET', '/me', {as, node: 1});
  expect(me.body.user.id).toBe(dan.id);
  expect(me.body.rooms.map(({room}) => room.id)).toContain(body.room.id);

  expect(await call('GET', `/rooms/${roomId}/messages`, {as})).toMatchObject(refused(404, 'not_found'));
  // The key may change every room, also when it calls as a user.
  const renamed = await call('PATCH', `/rooms/${roomId}`, {as, body: {title: 'Case 8'}});
  expect(renamed).toMatchObject({status: 200, body: {room: {title: 'Case 8'}}});
  expect((await call('POST', `/rooms/${body.room.id}/leave`, {as: 'ann', body: {}})).status).toBe(403);
});

test('limits of people do not count for a user whom a key calls as', async () => {
  const limited = await cluster.add({RATE_LIMITS: `${crowdedRates},joins=1/3600`, UPLOAD_BYTES_PER_DAY: '1'});
  await customer('fay');
  const {body} = await call<RoomState>('POST', '/rooms', {body: {title: 'Open to all'}});
  const enterAndLeave = async () => {
    const asFay = {token: key, headers: {'madang-as-user': 'fay'}};
    const path = `/rooms/${body.room.id}`;
    const {status} = await patientRequest(limited.url, 'POST', `${path}/join`, asFay);
    await patientRequest(limited.url, 'POST', `${path}/leave`, asFay);
    return status;
  };
  const sendImage = async () => {
    const part = {bytes: await drawing()};
    return (await upload(limited.url, {token: key, headers: {'madang-as-user': 'fay'}}, part)).status;
  };

  expect([await enterAndLeave(), await enterAndLeave()]).toEqual([200, 200]);
  expect([await sendImage(), await sendImage()]).toEqual([201, 201]);
});

test('calling as a user is in the audit log: once for each user and operation in a minute', async () => {
  const eve = await customer('eve');
  for (let no = 0; no < 3; no += 1) await call('GET', '/me', {as: 'eve'});

  const lines = await waitFor(
    async () => {
      const all = await listAudit(db, {action: 'key:act', limit: 200});
      const ofEve = all.filter(({subject}) => subject === 'eve');
      return ofEve.length > 0 && ofEve;
    },
    {timeoutMs: 10_000, what: 'the line'},
  );
  expect(lines).toMatchObject([
    {actor: 'shop', address: '127.0.0.1', details: {operation: 'session:start', keyId: expect.any(String)}},
  ]);
  expect(eve.kind).toBe('account');
});
