import {Events, OAuth2Server, type MutableRedirectUri, type MutableResponse} from 'oauth2-mock-server';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {isIn, newName} from './entry.ts';
import {Stage} from './stage.ts';

// A provider on this machine that has GitHub Enterprise's addresses.
const endpoints = {
  authorize: '/login/oauth/authorize',
  token: '/login/oauth/access_token',
  userinfo: '/api/v3/user',
};

let github: OAuth2Server;
let stage: Stage;
const login = newName('octocat');
beforeAll(async () => {
  github = new OAuth2Server(undefined, undefined, {endpoints});
  await github.issuer.keys.generate('RS256');
  await github.start(0, '127.0.0.1');
  github.service.on(Events.BeforeUserinfo, (answer: MutableResponse) => {
    answer.body = {id: 583_231, login, name: 'The Octocat'};
  });
  stage = await Stage.open({
    env: {
      GITHUB_CLIENT_ID: 'an-app',
      GITHUB_CLIENT_SECRET: 'its secret',
      GITHUB_BASE_URL: `http://127.0.0.1:${github.address().port}`,
    },
  });
});
afterEach(() => stage.clear());
afterAll(async () => {
  await stage.close();
  await github.stop();
});

test('one signs in with GitHub and is back at the page that was asked for', async () => {
  const visitor = await stage.enter();
  await visitor.goTo('/profile');

  await visitor.page.getByRole('link', {name: 'Sign in with GitHub'}).click();

  await visitor.page.getByRole('heading', {name: 'Profile'}).waitFor();
  expect(new URL(visitor.page.url()).pathname).toBe('/profile');
  await expect(visitor.page.getByLabel('Shown name').inputValue()).resolves.toBe('The Octocat');
});

test('someone who refuses is back at sign-in with the reason, and may go on otherwise', async () => {
  github.service.once(Events.BeforeAuthorizeRedirect, ({url}: MutableRedirectUri) => {
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
  });
  const visitor = await stage.enter();
  await visitor.goTo('/sign-in');

  await visitor.page.getByRole('link', {name: 'Sign in with GitHub'}).click();
  await visitor.page.getByRole('alert').getByText('You did not allow GitHub to sign you in.').waitFor();
  await visitor.page.getByRole('button', {name: 'Or enter as a guest'}).click();

  await isIn(visitor);
});
