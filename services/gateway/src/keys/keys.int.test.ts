import {addApiKey, revokeApiKey} from '@madang/database/access/api-keys';
import {listAudit} from '@madang/database/operator/audit';
import {insertTenant, type Tenant} from '@madang/database/operator/tenants';
import type {CreateKeyResult, Key, ListKeysResult, Scope} from '@madang/protocol/keys';
import {limits} from '@madang/protocol/limits';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let tenant: Tenant;
let admin: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
  tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  admin = (await newKey('admin', 'users', 'send')).key;
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const newKey = (...scopes: Scope[]) => addApiKey(app.adminDb, {tenantId: tenant.id, service: 'shop', scopes});
const refused = (status: number, code: string, details?: object) => ({
  status,
  body: {error: {code, ...(details && {details})}},
});

async function call<Body>(method: string, path: string, body?: object, key = admin) {
  const headers = {authorization: `Bearer ${key}`};
  const answer = await app.api(method, path, {headers, body});
  return {...answer, body: answer.body as unknown as Body & typeof answer.body};
}
const make = (body: object, key?: string) => call<CreateKeyResult>('POST', '/keys', body, key);
const statusOf = async (key: string) => (await call('GET', '/rooms', undefined, key)).status;

test('a key makes another within its scopes, whose secret is in that answer alone', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const {status, body} = await make({service: 'mailer', scopes: ['send', 'users', 'send'], expiresAt});

  expect(status).toBe(201);
  const {key, secret} = body;
  expect(key).toEqual({
    id: expect.any(String),
    service: 'mailer',
    userId: expect.any(String),
    hint: secret.slice(0, 8),
    scopes: ['users', 'send'],
    createdAt: expect.any(String),
    expiresAt,
  });
  expect(await statusOf(secret)).toBe(200);
  const listed = await call<ListKeysResult>('GET', '/keys');
  expect(listed.body.keys).toContainEqual(expect.objectContaining({id: key.id, service: 'mailer'}));
  expect(listed.text).not.toContain(secret);
  const got = await call<{key: Key}>('GET', `/keys/${key.id}`);
  expect(got.body.key).toMatchObject({id: key.id, scopes: ['users', 'send']});
});

test('a key makes none beyond its scopes, none in the past, and none under the name of somebody else', async () => {
  expect(await make({service: 'x', scopes: ['users', 'read']})).toMatchObject(
    refused(403, 'forbidden', {scope: 'read'}),
  );
  const {key: plain} = await newKey('users', 'send');
  expect(await make({service: 'x', scopes: ['send']}, plain)).toMatchObject(
    refused(403, 'forbidden', {scope: 'admin'}),
  );
  const past = {service: 'x', scopes: ['send'], expiresAt: '2020-01-01T00:00:00Z'};
  expect(await make(past)).toMatchObject(refused(400, 'invalid', {issues: [{path: 'expiresAt'}]}));
  expect(await make({service: 'madang', scopes: ['send']})).toMatchObject(refused(409, 'conflict'));
  await app.api('POST', '/auth/register', {body: {username: 'taken', password: 'correct horse battery'}});
  expect(await make({service: 'taken', scopes: ['send']})).toMatchObject(
    refused(409, 'conflict', {reason: 'account_name'}),
  );
  for (const body of [
    {service: 'x', scopes: []},
    {service: 'x', scopes: ['everything']},
    {service: 'Not A Name', scopes: ['send']},
    {service: 'x', scopes: ['send'], overlapSeconds: 5},
    {service: 'x', scopes: ['send'], replaces: tenant.id, overlapSeconds: limits.keyOverlapSeconds + 1},
  ]) {
    expect(await make(body)).toMatchObject(refused(400, 'invalid'));
  }
  const {body} = await call<ListKeysResult>('GET', '/keys');
  expect(body.keys.filter(({service}) => service === 'x')).toEqual([]);
});

test('a replaced key is good until the overlap is over, and another service replaces none of it', async () => {
  const old = await make({service: 'rotated', scopes: ['users', 'send']});
  const {key: oldKey, secret} = old.body;
  const replace = (more: object) =>
    make({service: 'rotated', scopes: ['send'], replaces: oldKey.id, ...more});

  expect(await replace({service: 'shop'})).toMatchObject(refused(409, 'conflict', {reason: 'other_service'}));
  const {body: next} = await replace({overlapSeconds: 3_600});
  expect([await statusOf(secret), await statusOf(next.secret)]).toEqual([200, 200]);
  const {body} = await call<{key: Key}>('GET', `/keys/${oldKey.id}`);
  const leftMs = Date.parse(body.key.expiresAt!) - Date.now();
  expect(leftMs).toBeGreaterThan(3_000_000);
  expect(leftMs).toBeLessThanOrEqual(3_600_000 + 60_000);

  const {body: last} = await replace({overlapSeconds: 0});
  expect([await statusOf(secret), await statusOf(next.secret), await statusOf(last.secret)]).toEqual([
    401, 200, 200,
  ]);
});

test('an expired key is refused, and so is a ticket that it asks for', async () => {
  const {body} = await make({service: 'brief', scopes: ['users', 'send']});
  await app.adminDb.query({name: '', text: 'update api_keys set expires_at = now() where id = $1'}, [
    body.key.id,
  ]);

  expect(await call('GET', '/rooms', undefined, body.secret)).toMatchObject(refused(401, 'unauthenticated'));
  expect(await call('POST', '/auth/tickets', {userId: tenant.id}, body.secret)).toMatchObject(
    refused(401, 'unauthenticated'),
  );
});

test('a revoked key is over at once, a repeat changes nothing, and a key may revoke itself', async () => {
  const {key, id} = await newKey('admin');

  const first = await call<{key: Key}>('DELETE', `/keys/${id}`, {}, key);
  expect(first).toMatchObject({status: 200, body: {key: {id, revokedAt: expect.any(String)}}});
  expect(await statusOf(key)).toBe(401);
  const again = await call<{key: Key}>('DELETE', `/keys/${id}`, {});
  expect(again.body.key.revokedAt).toBe(first.body.key.revokedAt);
  expect(await make({service: 'shop', scopes: ['send'], replaces: id})).toMatchObject(
    refused(409, 'conflict', {reason: 'revoked_key'}),
  );
});

test('keys of another tenant are not there', async () => {
  const other = await insertTenant(app.adminDb, {name: 'other', hosts: []});
  const foreign = await addApiKey(app.adminDb, {tenantId: other.id, service: 'shop', scopes: ['admin']});

  expect(await call('GET', `/keys/${foreign.id}`)).toMatchObject(refused(404, 'not_found'));
  expect(await call('DELETE', `/keys/${foreign.id}`, {})).toMatchObject(refused(404, 'not_found'));
  expect(await make({service: 'shop', scopes: ['send'], replaces: foreign.id})).toMatchObject(
    refused(404, 'not_found'),
  );
  const {body} = await call<ListKeysResult>('GET', '/keys', undefined, foreign.key);
  expect(body.keys.map(({id}) => id)).toEqual([foreign.id]);
});

test('the list has pages, each key once', async () => {
  const seen: string[] = [];
  let after = '';
  do {
    const {body} = await call<ListKeysResult>('GET', `/keys?limit=2${after && `&after=${after}`}`);
    seen.push(...body.keys.map(({id}) => id));
    after = body.next ?? '';
  } while (after !== '');
  const {body} = await call<ListKeysResult>('GET', '/keys?limit=200');

  expect(seen).toEqual(body.keys.map(({id}) => id));
  expect(new Set(seen).size).toBe(seen.length);
  expect(await call('GET', '/keys?after=bm9uZQ')).toMatchObject(refused(400, 'invalid'));
});

test('when a key was used last is shown, and written once a minute and node', async () => {
  const {key, id} = await newKey('send');
  const lastUse = async () => (await call<{key: Key}>('GET', `/keys/${id}`)).body.key.lastUsedAt;
  expect(await lastUse()).toBeUndefined();

  await statusOf(key);
  const noted = await waitFor(lastUse, {timeoutMs: 10_000, what: 'the use to be noted'});
  await statusOf(key);
  const {key: marker, id: markerId} = await newKey('send');
  await statusOf(marker);
  await waitFor(async () => (await call<{key: Key}>('GET', `/keys/${markerId}`)).body.key.lastUsedAt, {
    timeoutMs: 10_000,
    what: 'a later use to be noted',
  });

  expect(await lastUse()).toBe(noted);
});

test('who made, replaced and revoked which key is in the audit log, and so is what a key was refused', async () => {
  const {id: byKeyId} = (await call<ListKeysResult>('GET', '/keys')).body.keys.find(
    ({hint}) => hint === admin.slice(0, 8),
  )!;
  const {body} = await make({service: 'audited', scopes: ['users']});
  const {key, secret} = body;
  await call('POST', '/files', undefined, secret);
  await call('GET', '/rooms', undefined, secret);
  await call('DELETE', `/keys/${key.id}`, {});
  await call('GET', '/rooms', undefined, secret);

  const lines = await waitFor(
    async () => {
      const found = await listAudit(app.adminDb, {action: 'key', limit: 200});
      const own = found.filter(({details}) => (details as {keyId?: string}).keyId === key.id);
      return own.filter(({action}) => action === 'key:refused').length >= 3 && own;
    },
    {timeoutMs: 10_000, what: 'the refusals to be written'},
  );
  const from = {address: '127.0.0.1', requestId: expect.any(String)};
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        ...from,
        action: 'key:add',
        actor: 'shop',
        subject: 'audited',
        details: {keyId: key.id, scopes: ['users'], byKeyId},
      }),
      expect.objectContaining({
        ...from,
        action: 'key:refused',
        actor: 'audited',
        reason: 'forbidden',
        details: {keyId: key.id, operation: 'room:list', scope: 'read'},
      }),
      expect.objectContaining({
        ...from,
        action: 'key:revoke',
        details: {keyId: key.id, sessions: true, byKeyId},
      }),
      expect.objectContaining({
        ...from,
        action: 'key:refused',
        reason: 'unauthenticated',
        details: {keyId: key.id, ended: 'revoked', over: 'http'},
      }),
    ]),
  );
  expect(JSON.stringify(lines)).not.toContain(secret);
});

test('a tenant has so many good keys and no more, and replaces one even then', async () => {
  const crowded = await insertTenant(app.adminDb, {name: 'crowded', hosts: []});
  const {id, key} = await addApiKey(app.adminDb, {tenantId: crowded.id, service: 'shop', scopes: ['admin']});
  await app.adminDb.query(
    {
      name: '',
      text: `insert into api_keys (id, tenant_id, user_id, hash, hint)
        select gen_random_uuid(), tenant_id, user_id, hash || no, hint
        from api_keys, generate_series(2, $2::int) no where id = $1`,
    },
    [id, limits.keys],
  );

  expect(await make({service: 'shop', scopes: ['admin']}, key)).toMatchObject(
    refused(403, 'forbidden', {quota: 'keys', max: limits.keys}),
  );
  const replaced = await make({service: 'shop', scopes: ['admin'], replaces: id, overlapSeconds: 60}, key);
  expect(replaced.status).toBe(201);
  await revokeApiKey(app.adminDb, {id: replaced.body.key.id});
});

test('the role of gateways writes no key but through a good one', async () => {
  const text = `insert into api_keys (id, tenant_id, user_id, hash, hint)
    select gen_random_uuid(), tenant_id, user_id, 'forged', 'mdk_x' from api_keys limit 1`;

  await expect(app.node.db.query({name: '', text})).rejects.toMatchObject({code: '42501'});
  const byNone = `select add_key_by_key('no key', gen_random_uuid(), gen_random_uuid(), 'x', 'x', '#000000', 'h', 'mdk_',
    '{send}', null, null, 0, 10) as answer`;
  expect(await app.node.db.query({name: '', text: byNone})).toEqual([
    {answer: {refused: {code: 'unauthenticated'}}},
  ]);
  const byOperator = `select add_key(gen_random_uuid(), '${tenant.id}', gen_random_uuid(), 'x', 'x', '#000000', 'h',
    'mdk_', '{send}', null, null, 0, 10)`;
  await expect(app.node.db.query({name: '', text: byOperator})).rejects.toMatchObject({code: '42501'});
});
