/**
 * JWTs as credentials, over three nodes: valid tokens work without a session and without Redis, forged ones work
 * nowhere, and each connection ends with its token, or with what the token depends on.
 */
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost, insertTenant} from '@madang/database/operator/tenants';
import {disableUser} from '@madang/database/users/users';
import type {Issuer} from '@madang/protocol/policy-sign-in';
import type {User} from '@madang/protocol/users';
import {patiently} from '@madang/testkit/patience';
import {RawClient, Refused, patientRequest, request} from '@madang/testkit/raw-client';
import {startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {metricOf, startGateways, type Gateways} from '../support/gateways.ts';
import {
  claimsFor,
  newKey,
  nowSeconds,
  rulesOf,
  sign,
  startKeyServer,
  type KeyServer,
  type SigningKey,
} from '../support/issuer.ts';

const withinMs = 2_000;
const silent = {debug() {}, info() {}, warn() {}, error() {}};
const inline = 'https://inline.example';

let cluster: Gateways;
let redis: PrivateRedis;
let db: Database;
let tenantId: string;
let keys: KeyServer;
let key: SigningKey;
let ownKey: SigningKey;

beforeAll(async () => {
  [key, ownKey, redis] = await Promise.all([newKey('served'), newKey('own', 'EdDSA'), startPrivateRedis()]);
  keys = await startKeyServer([key.jwk]);
  // Without broadcasts only the pulse brings the news, as promised.
  cluster = await startGateways(3, {
    REDIS_URL: redis.url,
    MADANG_DROP_BROADCASTS: '1',
    OUTBOUND_ALLOW: '127.0.0.1',
  });
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  ({id: tenantId} = await findTenantByHost(db, '127.0.0.1'));
  await insertTenant(db, {name: 'other', hosts: ['localhost']});
  await trust([rulesOf(keys.url), rulesOf([ownKey.jwk], {issuer: inline})]);
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
  await keys.close();
  await redis.close();
});

/** Replaces the issuers, and waits until every node knows them. */
async function trust(issuers: Issuer[]): Promise<void> {
  const {policy} = await findTenantByHost(db, '127.0.0.1');
  await setPolicy(db, {
    tenantId,
    policy: {...policy, signIn: {...policy.signIn, issuers}},
    changes: ['signIn'],
  });
  await delay(withinMs);
}

const tokenFor = (sub: string, changes = {}) => sign(claimsFor(sub, changes), key);
const me = (url: string, token: string) => patientRequest<{user: User}>(url, 'GET', '/me', {token});
/** Retries while a busy node refuses. */
const connect = (url: string, token: string) =>
  patiently(() => RawClient.connect(url, {user: {} as User, cookie: '', token}), {
    isPutOff: (error) => !(error instanceof Refused) || error.error.retryable,
  });
const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'admitted',
    (error: Refused) => error.error.code,
  );

/** Why each connection ended, once all have, at most two seconds after `since` (performance.now()). */
async function endings(tabs: RawClient[], since: number): Promise<string[]> {
  const told = (tab: RawClient) => tab.received.find(({event}) => event === 'session:ending');
  await waitFor(() => tabs.every((tab) => told(tab) && !tab.socket.connected), {
    timeoutMs: 20_000,
    what: 'the connections to end',
  });
  for (const tab of tabs) expect(told(tab)!.at - since).toBeLessThan(withinMs);
  return tabs.map((tab) => (told(tab)!.payload as {reason: string}).reason);
}

test('a token makes its user at first sight, the same on every node and over both transports', async () => {
  const sub = randomUUID();
  const token = await tokenFor(sub);

  const answers = await Promise.all(cluster.urls.map((url) => me(url, token)));
  const tab = await connect(cluster.urls[0]!, token);
  const {user, expiresAt, rooms} = await tab.call('session:start', {});

  expect(answers.map(({status}) => status)).toEqual([200, 200, 200]);
  expect(new Set([...answers.map(({body}) => body.user.id), user.id]).size).toBe(1);
  expect(user).toMatchObject({kind: 'account', name: `Name of ${sub}`});
  expect(rooms).toHaveLength(1);
  const {exp} = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {exp: number};
  expect(expiresAt).toBe(new Date(exp * 1_000).toISOString());
  const renamed = await me(cluster.urls[1]!, await tokenFor(sub, {name: 'Renamed', iat: nowSeconds() + 2}));
  expect(renamed.body.user).toMatchObject({id: user.id, name: 'Renamed'});
  tab.close();
});

test('forged tokens are refused on every node, over HTTP and at the handshake, and none makes a user', async () => {
  const stranger = await newKey('served');
  const users = () => db.query({name: '', text: `select from users where name = 'Forged'`});
  const claims = {name: 'Forged'};
  const good = await tokenFor('forged', claims);
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const forged = [
    `${encode({alg: 'none'})}.${payload}.`,
    `${encode({alg: 'none'})}.${payload}.${signature}`,
    `${encode({alg: 'HS256', kid: 'served'})}.${payload}.${signature}`,
    `${header}.${encode(claimsFor('other', claims))}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    await sign(claimsFor('forged', claims), stranger),
    await sign(claimsFor('forged', claims), stranger, {jwk: stranger.jwk}),
    await sign(claimsFor('forged', claims), ownKey),
    await sign(claimsFor('forged', {...claims, iss: inline}), key),
    await tokenFor('forged', {...claims, iss: 'https://evil.example'}),
    await tokenFor('forged', {...claims, aud: 'mail'}),
    await tokenFor('forged', {...claims, exp: null}),
    await tokenFor('forged', {...claims, iat: null}),
    await tokenFor('forged', {...claims, iat: nowSeconds() - 700, exp: nowSeconds() - 1}),
    await tokenFor('forged', {...claims, exp: nowSeconds() + 90_000}),
    await tokenFor('forged', {...claims, sub: null}),
  ];

  for (const url of cluster.urls) {
    const over = await Promise.all(forged.map(async (token) => (await me(url, token)).status));
    expect(over).toEqual(forged.map(() => 401));
    expect(await Promise.all(forged.map((token) => codeOf(connect(url, token))))).toEqual(
      forged.map(() => 'unauthenticated'),
    );
  }
  expect(await users()).toEqual([]);
});

test('a token is none of another tenant, and beside a cookie it is one credential too many', async () => {
  const [url] = cluster.urls as [string];
  const token = await tokenFor(randomUUID());
  const guest = await request(url, 'POST', '/auth/guest', {body: {}});

  const elsewhere = url.replace('127.0.0.1', 'localhost');
  const both = await request(url, 'GET', '/me', {token, cookie: guest.cookie!});
  const signingIn = await request(url, 'POST', '/auth/guest', {token, body: {}});
  const proxys = await sign({...claimsFor('x'), iss: 'https://proxy.example'}, await newKey('proxy'));
  const passedOver = await request(url, 'GET', '/me', {token: proxys, cookie: guest.cookie!});

  expect((await me(url, token)).status).toBe(200);
  expect((await me(elsewhere, token)).status).toBe(401);
  expect(await codeOf(connect(elsewhere, token))).toBe('unauthenticated');
  expect([both.status, both.body.error?.code]).toEqual([400, 'invalid']);
  expect([signingIn.status, signingIn.body.error?.code]).toEqual([400, 'invalid']);
  expect(passedOver.status).toBe(200);
});

test('a thousand unknown keys have the keys asked for once by each node', async () => {
  for (const url of cluster.urls) await me(url, await tokenFor('warm'));
  const before = keys.asked();
  const stranger = await newKey('x');
  const statuses = new Set<number>();
  const ask = async (no: number) => {
    const token = await sign(claimsFor('x'), {...stranger, kid: `made up ${no}`});
    statuses.add((await patientRequest(cluster.urls[no % 3]!, 'GET', '/me', {token})).status);
  };
  const begunAt = performance.now();
  for (let from = 0; from < 1_000; from += 100) {
    await Promise.all(Array.from({length: 100}, (_, no) => ask(from + no)));
  }

  expect(statuses).toEqual(new Set([401]));
  // Each node fetches once in 30 s.
  const periods = 1 + Math.floor((performance.now() - begunAt) / 30_000);
  expect(keys.asked() - before).toBeLessThanOrEqual(3 * periods);
});

test('a connection goes on for as long as it is refreshed, and ends at the end of its last token', async () => {
  const sub = randomUUID();
  const short = () => tokenFor(sub, {exp: nowSeconds() + 10});
  const kept = await Promise.all(cluster.urls.map(async (url) => connect(url, await short())));
  const left = await connect(cluster.urls[0]!, await short());
  const leftUntil = nowSeconds() + 10;

  let lastUntil = 0;
  for (let round = 0; round < 15; round += 1) {
    await delay(4_000);
    for (const tab of kept) {
      const {expiresAt} = await patiently(async () => tab.call('session:refresh', {token: await short()}));
      lastUntil = Date.parse(expiresAt);
    }
  }

  const ending = left.received.find(({event}) => event === 'session:ending')!;
  expect(ending.payload).toEqual({reason: 'expired', reconnect: false, afterMs: expect.any(Number)});
  const endedAt = performance.timeOrigin + ending.at;
  expect(endedAt - leftUntil * 1_000).toBeLessThan(withinMs);
  expect(kept.map((tab) => [tab.socket.connected, tab.events('session:ending')])).toEqual(
    kept.map(() => [true, []]),
  );
  const since = lastUntil - performance.timeOrigin;
  expect(await endings(kept, since)).toEqual(['expired', 'expired', 'expired']);
}, 120_000);

test('a connection is refreshed by good tokens of its own user alone', async () => {
  const [url] = cluster.urls as [string];
  const sub = randomUUID();
  const tab = await connect(url, await tokenFor(sub));
  const ask = async (token: string) => {
    const answer = await tab.ask('session:refresh', {token});
    return answer.ok ? answer.data.expiresAt : answer.error.code;
  };
  const {expiresAt} = await tab.call('session:start', {});
  const {cookie} = await request(url, 'POST', '/auth/guest', {body: {}});
  const bySession = await RawClient.connect(url, {user: {} as User, cookie: cookie!});

  expect(await ask(await tokenFor(randomUUID()))).toBe('forbidden');
  expect(await ask(await tokenFor(sub, {aud: 'mail'}))).toBe('unauthenticated');
  expect(await ask('aa.bb.cc')).toBe('unauthenticated');
  expect(await ask(await tokenFor(sub, {exp: nowSeconds() + 60}))).toBe(expiresAt);
  const exp = nowSeconds() + 1_000;
  expect(await ask(await tokenFor(sub, {exp}))).toBe(new Date(exp * 1_000).toISOString());
  expect(await bySession.ask('session:refresh', {token: await tokenFor(sub)})).toMatchObject({
    error: {code: 'invalid'},
  });
  expect(tab.socket.connected).toBe(true);
  for (const each of [tab, bySession]) each.close();
});

test('signing out ends the connections of that token on every node, and leaves those of another', async () => {
  const sub = randomUUID();
  const [one, other] = await Promise.all([tokenFor(sub), tokenFor(sub, {jti: 'other'})]);
  const tabs = await Promise.all(cluster.urls.map((url) => connect(url, one)));
  const kept = await Promise.all(cluster.urls.map((url) => connect(url, other)));

  const {status} = await patientRequest(cluster.urls[0]!, 'POST', '/auth/logout', {token: one, body: {}});
  const since = performance.now();

  expect(status).toBe(204);
  expect(await endings(tabs, since)).toEqual(['signed_out', 'signed_out', 'signed_out']);
  for (const url of cluster.urls) {
    expect((await patientRequest(url, 'GET', '/me', {token: one})).status).toBe(401);
    expect(await codeOf(connect(url, one))).toBe('unauthenticated');
    expect((await patientRequest(url, 'GET', '/me', {token: other})).status).toBe(200);
  }
  expect(kept.map(({socket}) => socket.connected)).toEqual([true, true, true]);
  for (const tab of kept) tab.close();
});

test('signing out everywhere refuses what was issued up to that second, and a later token enters', async () => {
  const sub = randomUUID();
  const tokens = await Promise.all([tokenFor(sub, {iat: nowSeconds() - 10}), tokenFor(sub, {jti: 'other'})]);
  const tabs = await Promise.all(cluster.urls.map((url, no) => connect(url, tokens[no % 2]!)));

  await patientRequest(cluster.urls[0]!, 'POST', '/auth/logout', {
    token: tokens[0]!,
    body: {everywhere: true},
  });
  const since = performance.now();

  expect(await endings(tabs, since)).toEqual(['revoked', 'revoked', 'revoked']);
  for (const token of tokens) {
    expect((await patientRequest(cluster.urls[1]!, 'GET', '/me', {token})).status).toBe(401);
  }
  const later = await tokenFor(sub, {iat: nowSeconds() + 1});
  expect((await patientRequest(cluster.urls[2]!, 'GET', '/me', {token: later})).status).toBe(200);
});

test('disabling the user ends the connections, and no token enters any more', async () => {
  const sub = randomUUID();
  const token = await tokenFor(sub);
  const {body} = await patientRequest<{user: User}>(cluster.urls[0]!, 'GET', '/me', {token});
  const tabs = await Promise.all(cluster.urls.map((url) => connect(url, token)));

  await disableUser(db, {tenantId, userId: body.user.id});
  const since = performance.now();

  expect(await endings(tabs, since)).toEqual(['revoked', 'revoked', 'revoked']);
  const later = await tokenFor(sub, {iat: nowSeconds() + 5});
  for (const each of [token, later]) {
    expect((await patientRequest(cluster.urls[1]!, 'GET', '/me', {token: each})).status).toBe(401);
  }
});

test('what the policy takes no more ends within two seconds, and what it still takes goes on', async () => {
  const third = await newKey('third', 'EdDSA');
  const byOwn = await sign(claimsFor(randomUUID(), {iss: inline}), ownKey);
  const byServed = await tokenFor(randomUUID());
  const gone = await Promise.all(cluster.urls.map((url) => connect(url, byOwn)));
  const kept = await Promise.all(cluster.urls.map((url) => connect(url, byServed)));
  const {policy} = await findTenantByHost(db, '127.0.0.1');
  const set = (issuers: Issuer[]) =>
    setPolicy(db, {tenantId, policy: {...policy, signIn: {...policy.signIn, issuers}}, changes: ['signIn']});

  // Adding a key beside the signing one changes nothing for anybody.
  await set([rulesOf(keys.url), rulesOf([ownKey.jwk, third.jwk], {issuer: inline})]);
  await delay(withinMs);
  expect([...gone, ...kept].every(({socket}) => socket.connected)).toBe(true);
  await set([rulesOf(keys.url), rulesOf([third.jwk], {issuer: inline})]);
  const since = performance.now();

  expect(await endings(gone, since)).toEqual(['revoked', 'revoked', 'revoked']);
  for (const url of cluster.urls) {
    expect((await patientRequest(url, 'GET', '/me', {token: byOwn})).status).toBe(401);
    expect((await patientRequest(url, 'GET', '/me', {token: byServed})).status).toBe(200);
  }
  await set([rulesOf([third.jwk], {issuer: inline})]);
  expect(await endings(kept, performance.now())).toEqual(['revoked', 'revoked', 'revoked']);
  await trust([rulesOf(keys.url), rulesOf([ownKey.jwk], {issuer: inline})]);
}, 60_000);

test.each(['frozen', 'stopped'] as const)(
  'while Redis is %s tokens enter, send, are refreshed and sign out',
  async (circumstance) => {
    const sub = randomUUID();
    const before = await tokenFor(sub);
    const tab = await connect(cluster.urls[0]!, before);
    const {room} = await tab.call('room:create', {title: 'Without Redis'});
    if (circumstance === 'frozen') redis.pause();
    else await redis.stop();
    try {
      const fresh = await Promise.all(
        cluster.urls.map(async (url, no) => {
          const token = await tokenFor(sub, {jti: `${no}`});
          expect((await patientRequest(url, 'GET', '/me', {token})).status).toBe(200);
          const client = await waitFor(() => connect(url, token), {timeoutMs: 10_000, what: 'a handshake'});
          const {rooms} = await client.call('session:start', {});
          expect(rooms.map((state) => state.room.id)).toContain(room.id);
          const newcomer = await me(url, await tokenFor(randomUUID()));
          expect(newcomer.status).toBe(200);
          return {client, token};
        }),
      );
      const {rev} = await fresh[1]!.client.send(room.id, 'hello');
      await waitFor(() => tab.frames(room.id).some(({head}) => head >= rev), {
        timeoutMs: 5_000,
        what: 'the message',
      });
      await tab.call('session:refresh', {token: await tokenFor(sub, {exp: nowSeconds() + 1_200})});
      const {status} = await patientRequest(cluster.urls[2]!, 'POST', '/auth/logout', {
        token: fresh[0]!.token,
        body: {},
      });
      expect(status).toBe(204);
      expect(await endings([fresh[0]!.client], performance.now())).toEqual(['signed_out']);
      for (const {client} of [...fresh, {client: tab}]) client.close();
    } finally {
      if (circumstance === 'frozen') redis.resume();
      else await redis.start();
    }
  },
  60_000,
);

test('the audit log says that an issuer signed a user in, and which tokens were refused', async () => {
  const sub = randomUUID();
  await me(cluster.urls[0]!, await tokenFor(sub));
  await me(cluster.urls[0]!, await tokenFor(sub, {aud: 'mail'}));

  const lines = await waitFor(
    async () => {
      const found = await db.query<{
        action: string;
        by: string;
        issuer: string | null;
        reason: string | null;
      }>({
        name: '',
        text: `select action, details ->> 'by' as by, details ->> 'issuer' as issuer, reason from audit_log
          where details ->> 'by' = 'jwt'`,
      });
      const has = (action: string) => found.some((line) => line.action === action);
      return has('user:sign-in') && has('user:sign-in-failed') && found;
    },
    {timeoutMs: 10_000, what: 'both lines'},
  );

  expect(lines).toContainEqual({
    action: 'user:sign-in',
    by: 'jwt',
    issuer: 'https://id.example',
    reason: null,
  });
  expect(lines).toContainEqual({action: 'user:sign-in-failed', by: 'jwt', issuer: null, reason: 'claims'});
  expect(await metricOf(cluster.gateways[0]!, 'key_set_fetches')).toBeGreaterThan(0);
});
