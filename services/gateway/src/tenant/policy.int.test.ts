import {addApiKey} from '@madang/database/access/api-keys';
import {listAudit} from '@madang/database/operator/audit';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    OUTBOUND_ALLOW: '127.0.0.2',
  });
  const {id: tenantId} = await app.identify.tenantOf({headers: {}, socket: {}});
  ({key} = await addApiKey(app.adminDb, {
    tenantId,
    service: 'shop',
    scopes: ['admin', 'users', 'rooms', 'read', 'send', 'act'],
  }));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const asService = (method: string, path: string, body?: object, more: Record<string, string> = {}) =>
  app.api(method, path, {headers: {authorization: `Bearer ${key}`, ...more}, body});

async function change(patch: object): Promise<void> {
  const {body} = await asService('GET', '/tenant');
  const {version} = body as unknown as {version: number};
  expect(await asService('PATCH', '/tenant', {version, patch})).toMatchObject({status: 200});
}

const rename = (cookie: string, displayName: string) =>
  app.api('PATCH', '/me', {cookie, body: {displayName}});

test('a name that the policy reserves is refused to people, and given by the product', async () => {
  const {cookie} = await app.register('ada');
  await change({people: {reserved: ['Front Desk']}});

  await waitFor(async () => (await rename(cookie, 'Fr0nt Desk')).status === 409, {
    timeoutMs: 5_000,
    what: 'the policy to be obeyed',
  });
  expect(await rename(cookie, 'Front Desk')).toMatchObject({
    status: 409,
    body: {error: {code: 'conflict', details: {reason: 'reserved_name'}}},
  });
  const guest = await app.api('POST', '/auth/guest', {body: {displayName: 'front desk'}});
  expect(guest).toMatchObject({status: 409, body: {error: {code: 'conflict'}}});
  const given = await asService('PUT', '/users/desk', {name: 'Front Desk'});
  expect(given).toMatchObject({status: 200, body: {user: {name: 'Front Desk'}}});
});

test('the address of a key set may be http only where the operator allows what it leads to', async () => {
  const issuerOf = (jwks: string) => ({
    signIn: {issuers: [{issuer: 'https://id.shop', jwks, audience: 'chat'}]},
  });
  const refusalOf = async (jwks: string) => {
    const {version} = (await asService('GET', '/tenant')).body as unknown as {version: number};
    const {status, body} = await asService('PATCH', '/tenant', {version, patch: issuerOf(jwks)});
    const {issues} = (body.error?.details ?? {}) as {issues?: {path: string}[]};
    return [status, issues?.map(({path}) => path)];
  };
  const invalid = [400, ['signIn.issuers.0.jwks']];

  for (const wrong of [
    'http://127.0.0.1/keys',
    'http://localhost/keys',
    'http://93.184.215.14/',
    'ftp://127.0.0.2/',
  ])
    expect([wrong, await refusalOf(wrong)]).toEqual([wrong, invalid]);
  await change(issuerOf('http://127.0.0.2/keys'));
  await change(issuerOf('https://id.shop/keys'));
  await change({signIn: {issuers: []}});
});

test('where names are the product’s to give, people keep theirs, and other changes go on', async () => {
  const {cookie} = await app.register('ben');
  await asService('PUT', '/users/customer-7', {name: 'Kim'});
  await change({people: {rename: 'service'}});

  await waitFor(async () => (await rename(cookie, 'Benny')).status === 403, {
    timeoutMs: 5_000,
    what: 'the policy to be obeyed',
  });
  expect(await rename(cookie, 'Benny')).toMatchObject({
    status: 403,
    body: {error: {code: 'forbidden', details: {grant: 'rename'}}},
  });
  expect(await app.api('PATCH', '/me', {cookie, body: {color: '#123456'}})).toMatchObject({status: 200});
  const asUser = {'madang-as-user': 'customer-7'};
  const renamed = await asService('PATCH', '/me', {displayName: 'Kim S.'}, asUser);
  expect(renamed).toMatchObject({status: 200, body: {user: {displayName: 'Kim S.'}}});
});

test('pages of the origins that a policy names may call, and no others', async () => {
  const call = (origin: string) => app.api('GET', '/auth/providers', {headers: {origin}});
  expect((await call('https://shop.example')).status).toBe(403);
  await change({origins: ['https://shop.example']});

  await waitFor(async () => (await call('https://shop.example')).status === 200, {
    timeoutMs: 5_000,
    what: 'the policy to be obeyed',
  });
  expect((await call('https://evil.example')).status).toBe(403);
  const {headers} = await call('https://shop.example');
  expect(headers.get('access-control-allow-origin')).toBe('https://shop.example');
});

test('what a policy grants moderators they do: truncate and close, and close again', async () => {
  await change({types: {room: {grants: {manage: 'moderator'}}}});
  const [owner, moderator] = [await app.register('owner'), await app.register('deputy')];
  const {body} = await app.api('POST', '/rooms', {cookie: owner.cookie, body: {title: 'Case'}});
  const {id} = (body as unknown as {room: {id: string}}).room;
  const member = {userId: moderator.user.id, role: 'moderator'};
  await app.api('POST', `/rooms/${id}/members`, {cookie: owner.cookie, body: member});
  const asModerator = (method: string, path: string) =>
    app.api(method, `/rooms/${id}${path}`, {cookie: moderator.cookie, body: {}});

  expect(await asModerator('POST', '/truncate')).toMatchObject({status: 200});
  expect(await asModerator('DELETE', '')).toMatchObject({status: 200});
  expect(await asModerator('DELETE', '')).toMatchObject({status: 200});
});

test('a key that calls as a user changes the policy all the same, and is named in the audit log', async () => {
  await asService('PUT', '/users/customer-8', {name: 'Lee'});
  const {body} = await asService('GET', '/tenant');
  const {version} = body as unknown as {version: number};
  const patch = {version, patch: {name: 'The Shop'}};
  const asUser = {'madang-as-user': 'customer-8'};

  expect(await asService('PATCH', '/tenant', patch, asUser)).toMatchObject({status: 200});
  const [line] = await listAudit(app.adminDb, {action: 'tenant:set-policy', limit: 1});
  expect(line).toMatchObject({actor: 'shop'});
});

test('a large body is read from a service alone', async () => {
  const users = Array.from({length: 100}, (_, no) => ({
    externalId: `bulk-${no}`,
    name: 'Bulk',
    data: {text: 'x'.repeat(1_000)},
  }));

  const stranger = await app.api('PUT', '/users', {body: {users}});
  expect(stranger).toMatchObject({status: 413, body: {error: {code: 'too_large'}}});
  const madeUp = {authorization: `Bearer ${key.slice(0, -4)}aaaa`};
  expect((await app.api('PUT', '/users', {headers: madeUp, body: {users}})).status).toBe(413);
  expect((await asService('PUT', '/users', {users})).status).toBe(200);
});

test('a room is not made where one of its first members may not be in it', async () => {
  await change({types: {room: {guests: 'none'}}});
  const guest = await app.api('POST', '/auth/guest', {body: {}});
  const {id} = guest.body.user!;
  const given = {
    title: 'For a guest',
    externalId: 'case-1',
    visibility: 'private',
    members: [{user: `id:${id}`}],
  };

  const refused = await asService('POST', '/rooms', given);

  expect(refused).toMatchObject({
    status: 403,
    body: {error: {code: 'forbidden', details: {users: [`id:${id}`]}}},
  });
  const {body} = await asService('GET', '/rooms?all=true&externalIds=case-1');
  expect((body as unknown as {rooms: object[]}).rooms).toEqual([]);
  await change({types: {room: {guests: 'create'}}});
});
