/** The real command against a real cluster: what an operator changes takes effect on every node within two seconds. */
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import type {RoomState} from '@madang/protocol/rooms';
import {asApp} from '@madang/testkit/database';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, registerAccount, request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test, vi} from 'vitest';

// Each command is a separate process, which a busy machine takes seconds to start.
vi.setConfig({testTimeout: 120_000});

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const withinMs = 2_000;
const silent = {debug() {}, info() {}, warn() {}, error() {}};

let cluster: ProcessCluster;
let db: Database;
let urls: string[];
beforeAll(async () => {
  // Even if every broadcast is lost, the command takes effect.
  cluster = await startCluster({gateways: 3, worker: true, env: {MADANG_DROP_BROADCASTS: '1'}});
  urls = cluster.gateways.map(({url}) => url);
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
}, 120_000);
afterAll(async () => {
  await db?.close();
  await cluster?.stop();
});

type Run = {code: number; stdout: string; stderr: string; endedAt: number};

function madang(args: string[], overrides: Record<string, string> = {}): Promise<Run> {
  const {adminUrl: DATABASE_URL, redisUrl: REDIS_URL, redisPrefix: REDIS_PREFIX} = cluster;
  const {NODE_COMPILE_CACHE} = process.env;
  const env = {NODE_COMPILE_CACHE, DATABASE_URL, REDIS_URL, REDIS_PREFIX, ...overrides};
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], {env}, (error, stdout, stderr) => {
      const code = error ? Number(error.code) : 0;
      resolve({code, stdout, stderr, endedAt: performance.now()});
    });
  });
}

/** Returns the answer to a command with --json. If the command fails, it throws the output. */
async function ask<Answer>(...args: string[]): Promise<Answer> {
  const {code, stdout, stderr} = await madang([...args, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer;
}

const connectAll = (who: SignedIn) => Promise.all(urls.map((url) => RawClient.connect(url, who)));

/** Checks that all these connections get the reason and are closed, at most two seconds after the command. */
async function expectEnded(tabs: RawClient[], {code, stderr, endedAt}: Run, reason: string): Promise<void> {
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  const told = (tab: RawClient) => tab.received.find(({event}) => event === 'session:ending');
  await waitFor(() => tabs.every((tab) => told(tab) && !tab.socket.connected), {
    timeoutMs: 10_000,
    what: 'the connections to end',
  });
  for (const tab of tabs) {
    expect(told(tab)!.payload).toMatchObject({reason});
    expect(told(tab)!.at - endedAt).toBeLessThan(withinMs);
  }
}

const statusOf = async (url: string, who: {cookie?: string; token?: string}) =>
  (await request(url, 'GET', '/me', who)).status;
const login = async (username: string, password: string) =>
  (await request(urls[0]!, 'POST', '/auth/login', {body: {username, password}})).status;

test('a product is added, changed and listed; a name or host is given once', async () => {
  expect(await madang(['tenant', 'add', 'shop', '--host', 'Shop.example', '--guests', 'off'])).toMatchObject({
    code: 0,
    stdout: 'Added tenant shop.\n',
  });
  await ask('tenant', 'add', 'bank');

  for (const args of [
    ['tenant', 'add', 'shop'],
    ['tenant', 'set', 'bank', '--add-host', 'www.bank.example', '--add-host', 'shop.example'],
    ['tenant', 'add', 'third', '--host', 'shop.example'],
  ]) {
    const {code, stderr} = await madang(args);
    expect({code, stderr}).toEqual({code: 1, stderr: expect.stringMatching(/^madang: conflict: .*shop/)});
  }
  await ask(
    'tenant',
    'set',
    'shop',
    '--remove-host',
    'shop.example',
    '--add-host',
    'a.example',
    '--directory',
    'off',
  );

  const tenants = await ask<{name: string}[]>('tenant', 'list');
  expect(tenants.map(({name}) => name)).toEqual(['bank', 'default', 'shop']);
  expect(tenants).toMatchObject([
    {hosts: [], registration: true, guests: true, directory: true},
    {},
    {hosts: ['a.example'], registration: true, guests: false, directory: false},
  ]);
  const {stdout} = await madang(['tenant', 'list']);
  expect(stdout.split('\n')[0]).toMatch(/^name +hosts +registration +guests +directory +id$/);
  expect(stdout).toMatch(/^shop +a\.example +yes +no +no +[0-9a-f-]{36}$/m);
});

test('a key is shown once, works on every node, and is over on each when it is revoked', async () => {
  const shown = await madang(['key', 'add', 'backend']);
  const key = /^mdk_[\w-]{43}$/m.exec(shown.stdout)![0];
  const who = {cookie: '', token: key} as SignedIn;
  for (const url of urls) expect(await statusOf(url, who)).toBe(200);
  const tabs = await connectAll(who);
  const listed = await madang(['key', 'list', '--json']);
  expect(listed.stdout).not.toContain(key);
  const [{id, hint}] = JSON.parse(listed.stdout) as [{id: string; hint: string}];
  expect(key.startsWith(hint)).toBe(true);

  const revoked = await madang(['key', 'revoke', id]);

  for (const url of urls) expect(await statusOf(url, who)).toBe(401);
  await expectEnded(tabs, revoked, 'signed_out');
  expect(await madang(['key', 'revoke', id])).toMatchObject({
    code: 0,
    stdout: `Key ${id} had been revoked.\n`,
  });
});

test('a key has the scopes and the end that it was given, and is replaced without a pause', async () => {
  const add = ['key', 'add', 'scoped', '--scopes', 'users,read', '--expires', '2040-01-01T00:00:00+09:00'];
  const old = await ask<{id: string; key: string; scopes: string[]; expiresAt: string}>(...add);
  expect(old).toMatchObject({scopes: ['users', 'read'], expiresAt: '2039-12-31T15:00:00.000Z'});
  const rooms = async (token: string) => (await request(urls[0]!, 'GET', '/rooms', {token})).status;
  const makeRoom = {token: old.key, body: {title: 'Orders'}};
  const {body} = await request(urls[0]!, 'POST', '/rooms', makeRoom);
  expect(body.error).toMatchObject({code: 'forbidden', details: {scope: 'rooms'}});

  const next = await ask<{id: string; key: string; scopes: string[]}>(
    'key',
    'rotate',
    old.id,
    '--overlap',
    '3600',
  );
  expect(next.scopes).toEqual(['users', 'read']);
  expect([await rooms(old.key), await rooms(next.key)]).toEqual([200, 200]);
  const last = await ask<{key: string}>('key', 'rotate', next.id, '--scopes', 'read');
  expect([await rooms(next.key), await rooms(last.key)]).toEqual([401, 200]);

  const {stdout} = await madang(['key', 'list']);
  expect(stdout.split('\n')[0]).toMatch(
    /^id +tenant +service +hint +scopes +createdAt +expiresAt +lastUsedAt +revokedAt$/,
  );
  expect(stdout).toMatch(new RegExp(`^${old.id} +default +scoped .*users, read `, 'm'));
  const gone = await ask<{revoked: boolean}>('key', 'revoke', old.id, '--keep-sessions');
  expect(gone).toEqual({id: old.id, revoked: true});
});

test('a disabled user is gone everywhere, and back once enabled', async () => {
  const ann = await registerAccount(urls[0]!);
  const tabs = await connectAll(ann);

  await expectEnded(tabs, await madang(['user', 'disable', ann.username]), 'revoked');

  for (const url of urls) expect(await statusOf(url, ann)).toBe(401);
  expect(await login(ann.username, ann.password)).toBe(403);
  await ask('user', 'enable', ann.user.id);
  expect(await login(ann.username, ann.password)).toBe(200);
});

test('signing a user out, resetting the password and deleting end all sessions, everywhere', async () => {
  const ben = await registerAccount(urls[0]!);
  await expectEnded(await connectAll(ben), await madang(['user', 'sign-out', ben.username]), 'revoked');
  expect(await login(ben.username, ben.password)).toBe(200);

  const reset = await madang(['user', 'reset-password', ben.username, '--json']);
  const {password} = JSON.parse(reset.stdout) as {password: string};
  expect(await login(ben.username, ben.password)).toBe(403);
  const {cookie} = await request(urls[0]!, 'POST', '/auth/login', {
    body: {username: ben.username.toUpperCase(), password},
  });

  const tabs = await connectAll({user: ben.user, cookie: cookie!});
  await expectEnded(tabs, await madang(['user', 'delete', ben.user.id]), 'revoked');
  expect(await login(ben.username, password)).toBe(403);
  expect(await ask<unknown[]>('user', 'list', '--query', ben.username)).toEqual([]);
});

test("a product's user is found by the product's own id, and has no password to reset", async () => {
  const {key} = await ask<{key: string}>('key', 'add', 'backend', '--tenant', 'bank');
  await request(urls[0]!, 'PUT', '/users/customer-7', {token: key, body: {name: '김민수'}});

  const [user] = await ask<[{id: string}]>('user', 'list', '--tenant', 'bank', '--query', 'customer-7');
  expect(user).toMatchObject({name: '김민수', externalId: 'customer-7', kind: 'account'});
  expect(await madang(['user', 'reset-password', user.id, '--tenant', 'bank'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^madang: forbidden: /),
  });
  const get = (who: string) => ask<object>('user', 'get', who, '--tenant', 'bank');
  const whole = await get('customer-7');
  expect([await get(`id:${user.id}`), await get(user.id)]).toEqual([whole, whole]);
  // For another product it is not found.
  expect(await madang(['user', 'disable', user.id])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^madang: not_found: There is no user /),
  });
});

test("a product's user is put, exported and erased by its own id, and the counts stay", async () => {
  const ofDefault = (...args: string[]) => ask<Record<string, unknown>>('user', ...args);
  const put = ['put', 'customer-8', '--name', '이영희', '--data', '{"plan":"pro"}'];
  const stored = await ofDefault(...put);
  expect(stored).toMatchObject({externalId: 'customer-8', data: {plan: 'pro'}});
  expect(await ofDefault(...put)).toEqual(stored);
  expect(await madang(['user', ...put.slice(0, -1), '[]'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^madang: invalid: data: /),
  });

  const {stdout} = await madang(['user', 'export', 'customer-8']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines[0]).toEqual({type: 'user', user: stored});
  expect(lines.at(-1)).toEqual({type: 'end', lines: lines.length - 1});

  await ofDefault('delete', 'customer-8', '--messages', 'keep');
  expect((await madang(['user', 'get', 'customer-8'])).stderr).toMatch(/^madang: not_found: /);
  const erased = await waitFor(
    async () => {
      const rows = await ask<{userId: string; finishedAt?: string}[]>('user', 'erasures');
      return rows.find(({userId, finishedAt}) => userId === stored['id'] && finishedAt);
    },
    {timeoutMs: 60_000, what: 'the erasure to be done', everyMs: 500},
  );
  expect(erased).toMatchObject({messages: 'keep', counts: {messages: 0, memberships: 1}});
  const acts = await ask<{action: string}[]>('audit', '--action', 'user');
  expect(acts.map(({action}) => action)).toEqual(
    expect.arrayContaining(['user:export', 'user:delete', 'user:erased']),
  );
});

test('a room is listed and closed, and its members hear of it; general stays', async () => {
  const who = await registerAccount(urls[0]!);
  const [tab, other] = await connectAll(who);
  await other!.call('session:start', {});
  const {room} = (await tab!.call('room:create', {title: 'Hidden', visibility: 'private'})) as RoomState;
  await waitFor(() => other!.events('room:joined').length > 0, {timeoutMs: 5_000, what: 'the other device'});

  const rooms = await ask<{id: string; title: string}[]>('room', 'list', '--query', 'hidden');
  expect(rooms).toMatchObject([{id: room.id, memberCount: 1, owner: who.username, visibility: 'private'}]);
  const {code, endedAt} = await madang(['room', 'close', room.id]);
  expect(code).toBe(0);
  await waitFor(() => [tab!, other!].every((each) => each.events('room:left').length === 1), {
    timeoutMs: 5_000,
    what: 'the end to be told',
  });
  for (const each of [tab!, other!]) {
    const left = each.received.find(({event}) => event === 'room:left')!;
    expect(left.payload).toMatchObject({roomId: room.id, reason: 'closed'});
    expect(left.at - endedAt).toBeLessThan(withinMs);
    each.close();
  }

  const [general] = await ask<[{id: string}]>('room', 'list', '--query', 'general');
  expect((await madang(['room', 'close', room.id])).stderr).toMatch(/^madang: room_closed: /);
  expect((await madang(['room', 'close', general.id])).stderr).toMatch(/^madang: forbidden: /);
});

test('the gateways are listed with the leases that they hold', async () => {
  const nodes = await waitFor(
    async () => {
      const listed = await ask<{name: string; alive: boolean; redis: boolean}[]>('node', 'list');
      return listed.every(({redis}) => redis) && listed;
    },
    {timeoutMs: 20_000, what: 'the leases', everyMs: 200},
  );

  expect(
    nodes.map(({name, alive}) => ({name, alive})).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  ).toEqual(['gateway-1', 'gateway-2', 'gateway-3'].map((name) => ({name, alive: true})));
});

test('a restored database gives every log a new epoch', async () => {
  const who = await registerAccount(urls[0]!);
  const tab = await RawClient.connect(urls[0]!, who);
  const {room, epoch} = await tab.call('room:create', {title: 'Before'});

  await ask('db', 'restored');

  const after = await waitFor(
    async () => {
      const answer = await tab.ask('room:sync', {roomId: room.id, epoch, after: 0});
      return answer.ok && answer.data;
    },
    {timeoutMs: 10_000, what: 'the log'},
  );
  expect(after.epoch).not.toBe(epoch);
  expect(after.reset).toBe(true);
  tab.close();
});

test('a policy is read, compared and replaced as a document, and refused where it is none', async () => {
  type Document = {version: number; weight: number; people: {directory: boolean}};
  await ask('tenant', 'add', 'helpdesk', '--preset', 'support');
  const document = await ask<Document>('policy', 'get', 'helpdesk');
  const changed = {...document, weight: 3, people: {...document.people, directory: true}};
  const folder = await mkdtemp(join(tmpdir(), 'policy-'));
  onTestFinished(() => rm(folder, {recursive: true}));
  const write = async (name: string, content: unknown) => {
    const file = join(folder, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  const file = await write('changed.json', changed);

  expect(document).toMatchObject({name: 'helpdesk', version: 1, people: {direct: 'service'}});
  expect(await ask('policy', 'diff', 'helpdesk', file)).toEqual([
    {path: 'people.directory', before: false, after: true},
    {path: 'weight', before: 1, after: 3},
  ]);
  expect(await ask('policy', 'set', 'helpdesk', file)).toMatchObject({version: 2});
  expect(await madang(['policy', 'set', 'helpdesk', file])).toMatchObject({
    code: 1,
    stderr: 'madang: conflict: This is already taken, or conflicts with the present state. (version: 2)\n',
  });
  for (const [content, said] of [
    ['[]', /invalid: .*no JSON object/],
    [{...changed, version: undefined}, /invalid: version: /],
    [{...changed, version: 2, wieght: 1}, /invalid: .*"path":"wieght"/],
    [{...changed, version: 2, weight: 0}, /invalid: .*"path":"weight"/],
  ] as const) {
    const {code, stderr} = await madang(['policy', 'set', 'helpdesk', await write('wrong.json', content)]);
    expect({code, stderr}).toEqual({code: 1, stderr: expect.stringMatching(said)});
  }
  expect(await ask('policy', 'set', 'helpdesk', '--preset', 'team')).toMatchObject({version: 3});
  expect(await ask('policy', 'get', 'helpdesk')).toMatchObject({version: 3, people: {directory: true}});
});

test('every change is in the audit log, with who made it, and no secret is', async () => {
  const rows = await db.query<{action: string; source: string}>({
    name: '',
    text: `select action, source from audit_log where source like 'madang admin%' order by id`,
  });

  expect([...new Set(rows.map(({action}) => action))].toSorted()).toEqual([
    'db:restored',
    'key:add',
    'key:revoke',
    'room:close',
    'tenant:add',
    'tenant:set',
    'tenant:set-policy',
    'user:delete',
    'user:disable',
    'user:enable',
    'user:export',
    'user:reset-password',
    'user:sign-out',
  ]);
  for (const {source} of rows) expect(source).toMatch(/^madang admin \S+$/);
  const [{text}] = (await db.query<{text: string}>({
    name: '',
    text: `select string_agg(a::text, '') as text from audit_log a`,
  })) as [{text: string}];
  expect(text).not.toMatch(/mdk_|argon2/);
});

test.each([
  [[], 2, /Usage: madang/],
  [['tenant', 'explode'], 2, /unknown command/],
  [['tenant', 'add', 'Not A Name'], 2, /1 to 32 lower-case letters/],
  [['tenant', 'add', 'fine', '--host', 'http://x'], 2, /without http/],
  [['tenant', 'set', 'shop', '--guests', 'maybe'], 2, /on or off/],
  [['key', 'revoke', 'mdk_x'], 2, /an id, as the list shows it/],
  [['key', 'add', 'x', '--scopes', 'users,everything'], 2, /no scope "everything"; there are admin, users/],
  [['key', 'add', 'x', '--expires', 'tomorrow'], 2, /a time such as/],
  [['key', 'add', 'x', '--expires', '2020-01-01T00:00:00Z'], 1, /^madang: invalid: .*must be in the future/],
  [['key', 'rotate', '0193e7a0-0000-7000-8000-000000000001'], 1, /^madang: not_found/],
  [['key', 'rotate', '0193e7a0-0000-7000-8000-000000000001', '--overlap', '1h'], 2, /seconds from 0 to/],
  [['user', 'disable'], 2, /missing required argument/],
  [['user', 'list', '--limit', '0'], 2, /from 1 to 99999/],
  [['user', 'disable', 'nobody-of-this-name'], 1, /^madang: not_found: There is no user/],
  [['user', 'list', '--tenant', 'nowhere'], 1, /^madang: not_found: There is no tenant nowhere/],
  [['tenant', 'set', 'nowhere', '--guests', 'on'], 1, /^madang: not_found/],
] as const)('madang %j exits with %i and says what is wrong', async (args, code, said) => {
  const run = await madang([...args]);

  expect(run.code).toBe(code);
  expect(run.stderr).toMatch(said);
  expect(run.stdout).toBe('');
});

test('errors are JSON, too, where that is asked for, and a database that is away is one', async () => {
  const refused = await madang(['user', 'list', '--tenant', 'nowhere', '--json']);
  expect(JSON.parse(refused.stderr)).toMatchObject({error: {code: 'not_found'}});

  const away = await madang(['tenant', 'list', '--json'], {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
  });
  expect(away.code).toBe(1);
  expect(JSON.parse(away.stderr)).toMatchObject({error: {code: 'unavailable'}});
});

test('audit reads what was done, the newest first, and filters by tenant, action, actor, address and time', async () => {
  const account = await registerAccount(urls[0]!);
  await ask('user', 'disable', account.user.id);
  type Line = {action: string; subject?: string; address?: string; source?: string; at: string};
  const audit = (...args: string[]) => ask<Line[]>('audit', ...args);
  await waitFor(async () => (await audit('--actor', account.user.id)).length > 0, {
    timeoutMs: 15_000,
    what: 'the sign-in',
  });

  const [newest] = await audit('--action', 'user:disable', '--tenant', 'default', '--since', '1h');
  expect(newest).toMatchObject({subject: account.user.name, source: expect.stringContaining('madang admin')});
  expect(await audit('--actor', account.user.name, '--address', '127.0.0.0/8')).toMatchObject([
    {action: 'user:sign-in', address: '127.0.0.1'},
  ]);
  expect(await audit('--address', '192.0.2.0/24')).toEqual([]);
  expect(await audit('--until', '2020-01-01')).toEqual([]);
  const {stdout} = await madang(['audit', '--limit', '1']);
  expect(stdout.split('\n')[0]).toMatch(/^at +tenant +action/);
  expect((await madang(['audit', '--address', 'nowhere'])).code).toBe(2);
});

test('with the role of the gateways a command that it may not run says what to set', async () => {
  const DATABASE_URL = asApp(cluster.databaseUrl);

  const {code, stderr} = await madang(['tenant', 'add', 'denied'], {DATABASE_URL});

  expect({code, stderr}).toEqual({code: 1, stderr: expect.stringContaining('set ADMIN_DATABASE_URL')});
});

test('usage says what a product has by now, with its quotas, as a table or as JSON', async () => {
  await ask('tenant', 'add', 'metered', '--preset', 'team');
  const policy = await ask<Record<string, unknown>>('policy', 'get', 'metered');
  const folder = await mkdtemp(join(tmpdir(), 'madang-'));
  onTestFinished(() => rm(folder, {recursive: true}));
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify({...policy, quotas: {users: 10}}));
  await ask('policy', 'set', 'metered', file);

  const day = {messages: 0, users: 0, rooms: 1, connections: 0, calls: 0, bytes: 0};
  expect(await ask('usage', 'metered')).toMatchObject({days: [day], quotas: {users: 10}});
  expect((await madang(['usage', 'metered'])).stdout).toMatch(/quota +- +10/);
  expect(await madang(['usage', 'metered', '--from', 'monday'])).toMatchObject({code: 2});
});

test('status shows nodes, stores and products at one glance, and with --watch again and again', async () => {
  type Status = {nodes: {name: string; ready: boolean}[]; postgres: {version: string}; tenants: object[]};
  await waitFor(async () => (await ask<Status>('status')).nodes.length === 3, {
    timeoutMs: 30_000,
    what: 'every node to report',
  });
  const page = await madang(['status']);
  expect(page.stdout).toMatch(/node\s+version\s+state\s+connections/);
  expect(page.stdout).toContain('Postgres 1');

  const {adminUrl: DATABASE_URL, redisUrl: REDIS_URL, redisPrefix: REDIS_PREFIX} = cluster;
  const watching = execFile(process.execPath, [main, 'status', '--watch', '--json'], {
    env: {DATABASE_URL, REDIS_URL, REDIS_PREFIX},
  });
  onTestFinished(() => void watching.kill());
  let lines = '';
  watching.stdout!.on('data', (chunk: string) => (lines += chunk));
  await waitFor(() => lines.split('\n').length > 3, {timeoutMs: 30_000, what: 'three looks'});
  for (const line of lines.split('\n').slice(0, 3))
    expect((JSON.parse(line) as Status).nodes).toHaveLength(3);
});
