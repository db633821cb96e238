import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {message, say} from './conversation.ts';
import {newName, register} from './entry.ts';
import {BACK_HOST} from './hosts.ts';
import {startBackEnd, type Site} from './https-site.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let site: Site;
beforeAll(async () => {
  site = await startBackEnd(BACK_HOST, () => stage.nodeUrl(0));
  stage = await Stage.open({
    gateways: 1,
    env: {TRUST_PROXY: '1', PUBLIC_URL: `${site.origin}/chat/`, COOKIE_NAME: 'team'},
  });
});
afterEach(() => stage.clear());
afterAll(async () => {
  await stage.close();
  await site.close();
});

test('below a path of an https host two people talk, and pages, links and reloads stay below it', async () => {
  const at = `${site.origin}/chat`;
  const [mina, joon] = [
    await stage.enter({at, ignoreHTTPSErrors: true}),
    await stage.enter({at, ignoreHTTPSErrors: true}),
  ] as const;
  const names = [newName('mina'), newName('joon')] as const;
  await register(mina, names[0]);
  await register(joon, names[1]);

  await say(mina, 'Can you hear me?');
  await message(joon, 'Can you hear me?', names[0]).waitFor();
  await joon.page.reload();
  await message(joon, 'Can you hear me?').first().waitFor();

  expect(new URL(joon.page.url()).pathname).toMatch(/^\/chat\/rooms\//);
  const cookies = await mina.page.context().cookies(site.origin);
  expect(cookies.map(({name, path}) => `${name} ${path}`).toSorted()).toEqual([
    '__Host-team /',
    '__Host-team-device /',
  ]);
});
