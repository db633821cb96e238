/**
 * Two products on one cluster, whose users and rooms have equal names: nobody finds, counts, hears or enters anything
 * of the other product, whatever host name or forwarding headers a call has. access-matrix.test.ts covers who may call
 * what.
 */
import {randomUUID} from 'node:crypto';
import {once} from 'node:events';
import {get, type IncomingMessage} from 'node:http';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost, insertTenant, updateTenant} from '@madang/database/operator/tenants';
import type {CallName} from '@madang/protocol/calls';
import type {ServerEventPayload} from '@madang/protocol/events';
import type {Room} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {patiently} from '@madang/testkit/patience';
import {
  RawClient,
  patientRequest,
  registerAccount,
  type Refused,
  type SignedIn,
} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const otherHost = 'other.example';

type LobbyChanged = ServerEventPayload<'lobby:changed'>;
type PresenceChanged = ServerEventPayload<'presence:changed'>;
type RoomPresence = ServerEventPayload<'room:presence'>;
type Product = {
  tenantId: string;
  urls: [string, string];
  ann: SignedIn;
  ben: SignedIn;
  key: string;
  room: Room;
};

let cluster: Gateways;
let db: Database;
let own: Product;
let other: Product;
beforeAll(async () => {
  // Users who left are gone at once.
  cluster = await startGateways(2, {GRACE_MS: '500', DIGEST_MS: '100', RECOUNT_MS: '1000'});
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  await insertTenant(db, {name: 'other', hosts: ['localhost', otherHost]});
  own = await enter('127.0.0.1');
  other = await enter('localhost');
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
});

/** The same people, rooms and service in each product. */
async function enter(host: string): Promise<Product> {
  const {id: tenantId} = await findTenantByHost(db, host);
  const urls = cluster.urls.map((url) => url.replace('127.0.0.1', host)) as [string, string];
  const [ann, ben] = [await registerAccount(urls[0], 'ann'), await registerAccount(urls[1], 'ben')];
  const {key} = await addApiKey(db, {tenantId, service: 'backend'});
  const {body: state} = await patientRequest<{room: Room}>(urls[0], 'POST', '/rooms', {
    cookie: ann.cookie,
    body: {title: 'Kitchen'},
  });
  return {tenantId, urls, ann, ben, key, room: state.room};
}

async function read<Body>({urls, ann}: Product, path: string): Promise<Body> {
  return (await patientRequest<Body>(urls[0], 'GET', path, {cookie: ann.cookie})).body;
}

const idsOf = (users: User[]) => users.map(({id}) => id).toSorted();
const until = (what: string, condition: () => boolean) => waitFor(condition, {timeoutMs: 25_000, what});

test('lists and searches find what is of the own product alone', async () => {
  for (const [product, foreign] of [
    [own, other],
    [other, own],
  ] as const) {
    const {users} = await read<{users: User[]}>(product, '/users');
    expect(idsOf(users)).toEqual(expect.arrayContaining(idsOf([product.ann.user, product.ben.user])));
    expect(idsOf(users)).not.toEqual(expect.arrayContaining([foreign.ann.user.id]));
    const {createdAt: _, ...listed} = product.ann.user as User;
    expect((await read<{users: User[]}>(product, '/users?query=ann')).users).toEqual([
      {...listed, online: false},
    ]);
    const {rooms} = await read<{rooms: Room[]}>(product, '/rooms?query=kitchen');
    expect(rooms.map(({id}) => id)).toEqual([product.room.id]);
    const {rooms: all} = await read<{rooms: Room[]}>(product, '/rooms');
    expect(all.map(({title}) => title).toSorted()).toEqual(['Kitchen', 'general']);
  }
});

test('a name and password are of one product', async () => {
  const stranger = await registerAccount(other.urls[0], 'cleo', 'a password of the other');

  const {body} = await patientRequest(own.urls[0], 'POST', '/auth/login', {
    body: {username: 'cleo', password: 'a password of the other'},
  });
  const again = await registerAccount(own.urls[0], 'cleo');

  expect(body.error?.code).toBe('wrong_password');
  expect(again.user.id).not.toBe(stranger.user.id);
});

test('presence and lobby tell of the own product alone, on every node', async () => {
  const watcher = await RawClient.connect(own.urls[0], own.ann);
  expect((await watcher.call('presence:watch', {})).users.map(({id}) => id)).toEqual([own.ann.user.id]);
  await watcher.call('lobby:watch', {});

  const elsewhere = await Promise.all(other.urls.map((url) => RawClient.connect(url, other.ben)));
  const {room: theirs} = await elsewhere[0]!.call('room:create', {title: 'Courtyard'});
  await elsewhere[1]!.call('room:update', {roomId: theirs.id, title: 'Yard'});
  const here = await RawClient.connect(own.urls[1], own.ben);
  const {room: ours} = await here.call('room:create', {title: 'Courtyard'});

  // Changes made there earlier have arrived by the time of a later change here, or never arrive.
  const opened = () => watcher.events<LobbyChanged>('lobby:changed').flatMap((event) => event.opened);
  const joined = () => watcher.events<PresenceChanged>('presence:changed').flatMap((event) => event.joined);
  await until('the room to be told', () => opened().some(({id}) => id === ours.id));
  await until('ben to be told', () => joined().some(({id}) => id === own.ben.user.id));
  const text = JSON.stringify(watcher.received);
  for (const id of [theirs.id, other.ben.user.id, other.ann.user.id]) expect(text).not.toContain(id);
  const counts = watcher.events<PresenceChanged>('presence:changed').map(({online}) => online);
  expect(Math.max(...counts)).toBe(2);
  for (const tab of [watcher, here, ...elsewhere]) tab.close();
});

test("nobody can be brought into, or be reached from, another product's room", async () => {
  const tab = await RawClient.connect(own.urls[0], own.ann);
  const foreigner = other.ben.user.id;

  // A busy machine may refuse a call for now.
  const refusalOf = (name: CallName, input: object) =>
    patiently(() => tab.call(name, input as never)).then(
      () => 'nothing',
      ({error}: Refused) => error.code,
    );

  const refusals = await Promise.all([
    refusalOf('member:add', {roomId: own.room.id, userId: foreigner}),
    refusalOf('member:update', {roomId: own.room.id, userId: foreigner, banned: true}),
    refusalOf('member:remove', {roomId: own.room.id, userId: foreigner}),
    refusalOf('direct:open', {userId: foreigner}),
    refusalOf('room:join', {roomId: other.room.id}),
    refusalOf('room:sync', {roomId: other.room.id, after: 0}),
    refusalOf('message:send', {roomId: other.room.id, clientId: randomUUID(), text: 'hello'}),
  ]);

  expect(refusals).toEqual(Array(7).fill('not_found'));
  tab.close();
});

test('a session is good under the host names of its own product alone, over HTTP and a socket', async () => {
  const {body} = await patientRequest<{user: User}>(own.urls[0], 'PUT', `/users/${randomUUID()}`, {
    token: own.key,
    body: {name: 'ann'},
  });
  const userId = body.user.id;
  const {body: made} = await patientRequest<{ticket: string}>(own.urls[0], 'POST', '/auth/tickets', {
    token: own.key,
    body: {userId},
  });
  const {body: entered} = await patientRequest<{token: string}>(own.urls[0], 'POST', '/auth/ticket', {
    body: {ticket: made.ticket, token: true},
  });
  const byToken = {user: body.user, cookie: '', token: entered.token};

  for (const who of [own.ann, byToken]) {
    const {cookie, token} = who as SignedIn;
    const credential = token ? {token} : {cookie};
    expect((await patientRequest(own.urls[1], 'GET', '/me', credential)).status).toBe(200);
    expect((await patientRequest(other.urls[1], 'GET', '/me', credential)).status).toBe(401);
    await expect(RawClient.connect(other.urls[1], who)).rejects.toMatchObject({
      error: {code: 'unauthenticated'},
    });
  }
});

test('a key is good under every host name, and stays in its own product', async () => {
  for (const url of [...own.urls, ...other.urls]) {
    const {body} = await patientRequest<{users: User[]}>(url, 'GET', '/users?query=ann', {token: other.key});
    expect(body.users.map(({id}) => id)).toEqual([other.ann.user.id]);
    const tab = await RawClient.connect(url, {user: other.ann.user, cookie: '', token: other.key});
    expect((await tab.call('room:list', {query: 'kitchen'})).rooms.map(({id}) => id)).toEqual([
      other.room.id,
    ]);
    tab.close();
  }
});

const forged = {
  'x-forwarded-host': otherHost,
  'x-forwarded-for': '10.0.0.1',
  'x-forwarded-proto': 'https',
  'x-forwarded-server': otherHost,
  'x-host': otherHost,
  'x-original-host': otherHost,
  forwarded: `for=10.0.0.1;host=${otherHost};proto=https`,
};

test('forwarding headers change nothing where no proxy is trusted', async () => {
  const {body} = await patientRequest<{users: User[]}>(own.urls[0], 'GET', '/users?query=ann', {
    cookie: own.ann.cookie,
    headers: forged,
  });
  expect(body.users.map(({id}) => id)).toContain(own.ann.user.id);

  const theirs = await patientRequest(own.urls[0], 'GET', '/me', {cookie: other.ann.cookie, headers: forged});
  expect(theirs.status).toBe(401);
  const tab = RawClient.connect(own.urls[0], other.ann, {headers: forged});
  await expect(tab).rejects.toMatchObject({error: {code: 'unauthenticated'}});
});

test('of trusted proxies the last one decides, whatever the client put before it', async () => {
  const {url} = await cluster.add({TRUST_PROXY: '1'});
  const asked = async (cookie: string, host: string) =>
    (await patientRequest(url, 'GET', '/me', {cookie, headers: {...forged, 'x-forwarded-host': host}}))
      .status;

  expect(await asked(own.ann.cookie, `${otherHost}, 127.0.0.1`)).toBe(200);
  expect(await asked(other.ann.cookie, `${otherHost}, 127.0.0.1`)).toBe(401);
  expect(await asked(other.ann.cookie, `127.0.0.1, ${otherHost}:443`)).toBe(200);
});

test('a host name counts as a whole: what only contains one leads nowhere', async () => {
  // Unlike fetch, node:http lets the Host be chosen.
  const ask = async (host: string) => {
    const headers = {cookie: own.ann.cookie, host};
    const [answer] = (await once(get(`${own.urls[0]}/api/v1/me`, {headers}), 'response')) as [
      IncomingMessage,
    ];
    answer.resume();
    return answer.statusCode;
  };
  const asked = (host: string) =>
    waitFor(
      async () => {
        const status = await ask(host);
        return status !== 503 && status;
      },
      {timeoutMs: 10_000, what: host, everyMs: 200},
    );

  expect(await asked(otherHost)).toBe(401);
  expect(await asked(otherHost.toUpperCase())).toBe(401);
  for (const host of [`x.${otherHost}`, `${otherHost}.evil.example`, 'example', `not-${otherHost}`]) {
    expect([host, await asked(host)]).toEqual([host, 421]);
  }
});

test('a handshake under an unknown host name is refused with the reason, and a service key is good under every one', async () => {
  const unknown = {headers: {host: 'evil.example', origin: 'http://evil.example'}};
  await expect(RawClient.connect(own.urls[0], own.ann, unknown)).rejects.toMatchObject({
    error: {code: 'misdirected', message: expect.stringContaining('PUBLIC_URL')},
  });

  const [answer] = (await once(
    get(`${own.urls[0]}/api/v1/me`, {headers: {host: 'evil.example', authorization: `Bearer ${other.key}`}}),
    'response',
  )) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  const service = await RawClient.connect(
    own.urls[0],
    {...own.ann, token: other.key},
    {headers: {host: 'evil.example'}},
  );
  service.close();
});

test('a handshake by a page of another origin is refused by its name', async () => {
  const origin = 'https://another.example';
  await expect(RawClient.connect(own.urls[0], own.ann, {headers: {origin}})).rejects.toMatchObject({
    error: {code: 'forbidden', message: expect.stringContaining(origin), details: {origin}},
  });
});

test('where people may not look each other up, presence names those who come to services alone', async () => {
  const [watcher, backend] = [
    await RawClient.connect(other.urls[0], other.ann),
    await RawClient.connect(other.urls[1], {user: other.ann.user, cookie: '', token: other.key}),
  ];
  for (const tab of [watcher, backend]) await tab.call('presence:watch', {});
  await watcher.call('session:start', {});
  await updateTenant(db, {name: 'other', directory: false});
  for (const url of other.urls) {
    const isKnown = async () =>
      (await patientRequest(url, 'GET', '/users', {cookie: other.ann.cookie})).status === 403;
    await waitFor(isKnown, {timeoutMs: 5_000, what: 'the setting to be known'});
  }

  const comer = await registerAccount(other.urls[1]);
  const {id} = comer.user;
  const tab = await RawClient.connect(other.urls[1], comer);
  await tab.call('session:start', {});
  const named = () => backend.events<PresenceChanged>('presence:changed');
  await until('the service to be told', () =>
    named().some(({joined}) => joined.some((user) => user.id === id)),
  );
  const {
    defaultRoomIds: [generalRoomId],
  } = await findTenantByHost(db, otherHost);
  const inGeneral = () =>
    watcher.events<RoomPresence>('room:presence').filter(({roomId}) => roomId === generalRoomId);
  await until('general to count two', () => inGeneral().at(-1)?.online === 2);
  tab.close();
  await until('general to count one', () => inGeneral().at(-1)?.online === 1);
  await until('the service to be told again', () => named().some(({left}) => left.includes(id)));

  expect(JSON.stringify(watcher.received)).not.toContain(id);
  for (const connection of [watcher, backend]) connection.close();
});

test('a product says whether people may register, come as guests and look each other up', async () => {
  const [url] = other.urls;
  await updateTenant(db, {name: 'other', registration: false, guests: false, directory: false});
  const since = performance.now();
  const codeOf = async (method: string, path: string, options: object) =>
    (await patientRequest(url, method, path, options)).body.error?.code ?? 'ok';
  const account = () => ({body: {username: `u-${randomUUID().slice(0, 8)}`, password: 'correct horse'}});
  const {cookie} = other.ann;
  await waitFor(async () => (await codeOf('POST', '/auth/guest', {body: {}})) === 'forbidden', {
    timeoutMs: 5_000,
    what: 'the setting to be known',
  });
  expect(performance.now() - since).toBeLessThan(4_000);

  expect(await codeOf('POST', '/auth/register', account())).toBe('forbidden');
  expect(await codeOf('GET', '/users', {cookie})).toBe('forbidden');
  expect(await codeOf('GET', '/users', {token: other.key})).toBe('ok');
  const {
    defaultRoomIds: [generalRoomId],
  } = await findTenantByHost(db, otherHost);
  expect(await codeOf('GET', `/rooms/${generalRoomId}/members`, {cookie})).toBe('forbidden');
  expect(await codeOf('GET', `/rooms/${other.room.id}/members`, {cookie})).toBe('ok');
  const tab = await RawClient.connect(url, other.ann);
  for (const operation of ['user:list', 'presence:watch'] as const) {
    expect(await tab.ask(operation, {})).toMatchObject({ok: false, error: {code: 'forbidden'}});
  }
  tab.close();
  // The settings belong to one product only.
  const elsewhere = await patientRequest(own.urls[0], 'POST', '/auth/register', account());
  expect(elsewhere.status).toBe(201);
});
