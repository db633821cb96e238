import {createHash} from 'node:crypto';
import {OAuth2Server, Events, type MutableRedirectUri, type MutableResponse} from 'oauth2-mock-server';
import {afterAll, beforeAll, beforeEach, expect, onTestFinished, test} from 'vitest';
import {listAudit} from '@madang/database/operator/audit';
import {setPolicy} from '@madang/database/operator/policies';
import {updateTenant} from '@madang/database/operator/tenants';
import {disableUser} from '@madang/database/users/users';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {startTestApp, type TestApp, type TestDatabase} from '../../../test/support/test-app.ts';

// A provider on this machine with the addresses of GitHub Enterprise.
const endpoints = {
  authorize: '/login/oauth/authorize',
  token: '/login/oauth/access_token',
  userinfo: '/api/v3/user',
};

let github: OAuth2Server;
let database: TestDatabase;
let app: TestApp;
/** The user who signs in at the provider. */
let person: Record<string, unknown>;
let nextId = 583_231;

beforeAll(async () => {
  github = new OAuth2Server(undefined, undefined, {endpoints});
  await github.issuer.keys.generate('RS256');
  await github.start(0, '127.0.0.1');
  github.service.on(Events.BeforeUserinfo, (answer: MutableResponse) => {
    answer.body = person;
  });
  database = await createTestDatabase();
  app = await startApp();
});
beforeEach(() => {
  nextId += 1;
  person = {id: nextId, login: `octocat${nextId}`, name: 'The Octocat'};
});
afterAll(async () => {
  await app.close();
  await github.stop();
  await database.drop();
});

function startApp(env: Record<string, string> = {}): Promise<TestApp> {
  const {url, prefix} = testRedis();
  return startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    GITHUB_CLIENT_ID: 'an-app',
    GITHUB_CLIENT_SECRET: 'its secret',
    GITHUB_BASE_URL: `http://127.0.0.1:${github.address().port}`,
    ...env,
  });
}

/** A minimal browser for signing in: it keeps the gateway's cookies and follows no redirect by itself. */
class Browser {
  readonly cookies = new Map<string, string>();

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** `site` is what a browser says about where the link stood. */
  async get(address: string, site?: string): Promise<{status: number; location: string}> {
    const url = new URL(address, app.origin);
    const isOurs = url.origin === app.origin;
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: isOurs ? {cookie: this.cookie, ...(site ? {'sec-fetch-site': site} : {})} : {},
    });
    await answer.arrayBuffer();
    for (const line of isOurs ? answer.headers.getSetCookie() : []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (value === '') this.cookies.delete(name!);
      else this.cookies.set(name!, value!);
    }
    return {status: answer.status, location: answer.headers.get('location') ?? ''};
  }

  /** Goes from our page to the provider, and returns the address that leads back, without following it. */
  async toProviderAndBack(address = '/auth/github'): Promise<string> {
    const {location} = await this.get(address);
    return (await this.get(location)).location;
  }

  async signIn(address?: string): Promise<string> {
    return (await this.get(await this.toProviderAndBack(address))).location;
  }

  /** The user without `seenAt`, which is updated in the background. */
  async me() {
    const {status, body} = await app.api('GET', '/me', {cookie: this.cookie});
    if (status !== 200) return undefined;
    const {seenAt: _, ...user} = body.user!;
    return user;
  }
}

test('a first sign-in makes an account in `general`, further ones find it, whatever it is called there by then', async () => {
  const [first, second] = [new Browser(), new Browser()];

  expect(await first.signIn('/auth/github?returnTo=/rooms')).toBe('/rooms');
  person = {...person, login: 'renamed', name: 'Renamed'};
  expect(await second.signIn('/api/v1/auth/github')).toBe('/');

  const user = (await first.me())!;
  expect(user).toMatchObject({kind: 'account', name: `octocat${nextId}`, displayName: 'The Octocat'});
  expect(await second.me()).toEqual(user);
  expect(second.cookies.get('madang')).not.toBe(first.cookies.get('madang'));
  expect([...first.cookies.keys()]).toEqual(['madang']);
  const {text} = await app.api('GET', '/me', {cookie: first.cookie});
  expect(JSON.parse(text).rooms).toMatchObject([{room: {title: 'general'}}]);
});

test('the browser is led to the configured provider, which is told where to lead back and nothing secret', async () => {
  const {status, location} = await new Browser().get('/auth/github?returnTo=/rooms/1');

  const url = new URL(location);
  expect(status).toBe(302);
  expect(url.origin + url.pathname).toBe(`http://127.0.0.1:${github.address().port}/login/oauth/authorize`);
  expect(url.searchParams.get('redirect_uri')).toBe(`${app.origin}/auth/github/callback`);
  expect(url.searchParams.get('client_id')).toBe('an-app');
  expect(url.searchParams.get('state')).toMatch(/^[\w-]{32}$/);
  expect(location).not.toContain('secret');
});

test('where nobody may register, who has an account by a provider signs in and nobody else does', async () => {
  const known = new Browser();
  await known.signIn();
  await updateTenant(app.adminDb, {name: 'default', registration: false});
  const again = new Browser();

  expect(await again.signIn()).toBe('/');
  person = {id: nextId + 1_000_000, login: 'newcomer'};
  expect(await new Browser().signIn()).toBe('/sign-in?error=forbidden');

  expect(await again.me()).toEqual(await known.me());
  await updateTenant(app.adminDb, {name: 'default', registration: true});
});

test('a name that an account has stays with that account', async () => {
  const {user} = await app.register(`Octocat${nextId}`);
  const browser = new Browser();

  await browser.signIn();

  const made = (await browser.me())!;
  expect(made.name).toBe(`octocat${nextId}-2`);
  expect(made.id).not.toBe(user!.id);
});

test('ten first sign-ins of one person at once give one account', async () => {
  const browsers = Array.from({length: 10}, () => new Browser());

  await Promise.all(browsers.map((browser) => browser.signIn()));

  const users = await Promise.all(browsers.map((browser) => browser.me()));
  expect(new Set(users.map((user) => user?.id)).size).toBe(1);
});

test('a person who signs in gets a new session, and the one before has ended', async () => {
  const browser = new Browser();
  const guest = await app.api('POST', '/auth/guest', {body: {}});
  browser.cookies.set('madang', guest.cookie!.slice('madang='.length));

  await browser.signIn();

  expect((await browser.me())?.kind).toBe('account');
  expect((await app.api('GET', '/me', {cookie: guest.cookie})).status).toBe(401);
});

test('who refuses is back at the sign-in page with the reason, and not signed in', async () => {
  const browser = new Browser();
  github.service.once(Events.BeforeAuthorizeRedirect, ({url}: MutableRedirectUri) => {
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
    url.searchParams.set('error_description', 'The user has denied your application access.');
  });

  expect(await browser.signIn('/auth/github?returnTo=/rooms/7')).toBe(
    '/sign-in?error=access_denied&next=%2Frooms%2F7',
  );
  expect(await browser.me()).toBeUndefined();
});

test("another browser's way back, a second one, and one that was made up lead to the sign-in page", async () => {
  const [browser, victim] = [new Browser(), new Browser()];
  const back = await browser.toProviderAndBack();
  await victim.get('/auth/github');

  expect((await victim.get(back)).location).toBe('/sign-in?error=expired');
  expect((await new Browser().get(back)).location).toBe('/sign-in?error=expired');
  expect((await browser.get(back)).location).toBe('/');
  expect((await browser.get(back)).location).toBe('/sign-in?error=expired');
  expect((await victim.get('/auth/github/callback?code=x&state=')).location).toBe('/sign-in?error=expired');
  expect((await victim.get('/auth/github?code=x')).location).toBe('/sign-in?error=failed');
  expect(await victim.me()).toBeUndefined();
});

test('a state that was tampered with is none', async () => {
  const browser = new Browser();
  const back = await browser.toProviderAndBack('/auth/github?returnTo=/rooms');
  const kept = decodeURIComponent(browser.cookies.get('madang-oauth')!);
  const forged = Buffer.from(kept.split('.')[0]!, 'base64url').toString().replace('/rooms', '//evil');
  browser.cookies.set('madang-oauth', `${Buffer.from(forged).toString('base64url')}.${kept.split('.')[1]}`);

  expect((await browser.get(back)).location).toBe('/sign-in?error=expired');
});

test('nobody is led to another site', async () => {
  for (const elsewhere of [
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '/.//evil.example',
  ]) {
    const browser = new Browser();
    expect(await browser.signIn(`/auth/github?returnTo=${encodeURIComponent(elsewhere)}`)).toBe('/');
  }
});

test('the browser goes back to a page of an origin that the policy names, and to no other one', async () => {
  const tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  const setOrigins = (origins: string[]) =>
    setPolicy(app.adminDb, {
      tenantId: tenant.id,
      policy: {...tenant.policy, origins},
      changes: ['origins'],
    });
  const page = 'https://shop.example/chat?a=b';
  const address = `/auth/github?returnTo=${encodeURIComponent(page)}`;
  expect(await new Browser().signIn(address)).toBe('/');
  await setOrigins(['https://shop.example']);
  onTestFinished(async () => void (await setOrigins(tenant.policy.origins)));

  await waitFor(async () => (await new Browser().signIn(address)) === page, {
    timeoutMs: 5_000,
    what: 'the policy to be obeyed',
  });

  expect(await new Browser().signIn('/auth/github?returnTo=https://evil.example/')).toBe('/');
  const unwilling = new Browser();
  await unwilling.get(address);
  const {location} = await unwilling.get('/auth/github/callback?error=access_denied');
  expect(location).toBe('https://shop.example/sign-in?error=access_denied&next=%2Fchat%3Fa%3Db');
  const fromThere = await fetch(app.origin + address, {
    redirect: 'manual',
    headers: {'sec-fetch-site': 'cross-site', referer: 'https://shop.example/'},
  });
  expect(fromThere.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\/oauth\/authorize\?/);
});

test('what the provider gets wrong is told at the sign-in page', async () => {
  const browser = new Browser();
  github.service.once(Events.BeforeResponse, (answer: MutableResponse) => {
    // GitHub's way to refuse: status 200 without a token.
    answer.body = {error: 'bad_verification_code'};
  });
  expect(await browser.signIn()).toBe('/sign-in?error=failed');

  person = {message: 'Bad credentials'};
  expect(await browser.signIn()).toBe('/sign-in?error=failed');
  expect(await browser.me()).toBeUndefined();
});

test('who tries too often is told so at the sign-in page, both on the way there and back', async () => {
  const strict = await startApp({RATE_LIMITS: 'sign-ins=1/3600'});
  const there = (path: string) => fetch(new URL(path, strict.origin), {redirect: 'manual'});

  expect((await there('/auth/github')).headers.get('location')).toContain('/login/oauth/authorize');
  const answers = [await there('/auth/github?returnTo=/rooms'), await there('/auth/github/callback')];

  expect(answers.map(({status}) => status)).toEqual([302, 302]);
  expect(answers.map(({headers}) => headers.get('location'))).toEqual([
    '/sign-in?error=rate_limited&next=%2Frooms',
    '/sign-in?error=rate_limited',
  ]);
  await strict.close();
});

test('a disabled account is told so', async () => {
  const browser = new Browser();
  await browser.signIn();
  const {id: userId} = (await browser.me())!;
  const {tenantId} = (await app.identify
    .tenantOf({headers: {}, socket: {}})
    .then(({id}) => ({tenantId: id})))!;
  await disableUser(app.node.db, {tenantId, userId});

  expect(await browser.signIn()).toBe('/sign-in?error=forbidden');
});

test('signing in with a provider, and failing to, leave lines with address and request', async () => {
  const browser = new Browser();
  await browser.signIn();
  const {id} = (await browser.me())!;
  expect((await browser.get('/auth/github/callback?error=access_denied')).location).toContain(
    'access_denied',
  );
  const from = {address: '127.0.0.1', requestId: expect.any(String)};
  const signIns = () => listAudit(app.adminDb, {action: 'user:sign-in', actor: id, limit: 10});
  const denials = async () => {
    const lines = await listAudit(app.adminDb, {action: 'user:sign-in-failed', limit: 100});
    return lines.filter(({reason}) => reason === 'access_denied');
  };
  await waitFor(async () => (await signIns()).length > 0 && (await denials()).length > 0, {
    timeoutMs: 15_000,
    what: 'both lines',
  });

  expect(await signIns()).toMatchObject([{...from, details: {kind: 'account', by: 'github'}}]);
  expect((await denials()).at(-1)).toMatchObject({...from, details: {by: 'github'}});
});

test('an account without a password deletes itself without one, and comes back as another', async () => {
  const browser = new Browser();
  await browser.signIn();
  const before = (await browser.me())!;

  expect((await app.api('DELETE', '/me', {cookie: browser.cookie, body: {}})).status).toBe(204);
  await browser.signIn();

  const after = (await browser.me())!;
  expect(after.name).toBe(before.name);
  expect(after.id).not.toBe(before.id);
});

test('providers are listed, and their addresses served, where they are configured', async () => {
  const without = await startApp({GITHUB_CLIENT_ID: '', GITHUB_CLIENT_SECRET: ''});

  expect((await app.api('GET', '/auth/providers')).text).toBe('{"providers":["github"]}');
  expect((await without.api('GET', '/auth/providers')).text).toBe('{"providers":[]}');
  expect((await without.call('GET', '/auth/github')).status).toBe(404);
  await without.close();
});

test('an id without its secret is a fault of the configuration', async () => {
  await expect(startApp({GITHUB_CLIENT_SECRET: ''})).rejects.toThrow('set both, or neither');
});

test('the code is good only with the verifier whose challenge went ahead of it', async () => {
  const tokenRequests: Record<string, string>[] = [];
  const note = (_token: unknown, {body}: {body: Record<string, string>}) => void tokenRequests.push(body);
  github.service.on(Events.BeforeTokenSigning, note as never);
  const browser = new Browser();
  const {location} = await browser.get('/auth/github');
  const asked = new URL(location).searchParams;

  await browser.get((await browser.get(location)).location);
  github.service.off(Events.BeforeTokenSigning, note as never);

  expect(asked.get('code_challenge_method')).toBe('S256');
  const [{code_verifier: verifier = ''} = {}] = tokenRequests;
  expect(verifier).toMatch(/^[\w-]{43}$/);
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(asked.get('code_challenge'));
  expect(location).not.toContain(verifier);
  expect(await browser.me()).toBeDefined();
});

test.each(['cross-site', 'same-site'])(
  'a %s link to the provider begins nothing and ends no session',
  async (site) => {
    const browser = new Browser();
    await browser.signIn();
    const before = new Map(browser.cookies);

    const {status, location} = await browser.get('/auth/github?returnTo=/rooms', site);

    expect({status, location}).toEqual({status: 302, location: '/sign-in?next=%2Frooms'});
    expect(browser.cookies).toEqual(before);
    expect(await browser.me()).toBeDefined();
    expect((await browser.get('/auth/github', 'same-origin')).location).toContain('/login/oauth/authorize');
    // The sign-in was only begun, so the old session is still valid.
    expect(await browser.me()).toBeDefined();
  },
);
