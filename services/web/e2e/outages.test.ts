import {setTimeout as delay} from 'node:timers/promises';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {composer, conversation, message, onlineOf, say} from './conversation.ts';
import {comeIn, isIn, newName} from './entry.ts';
import type {Person} from './person.ts';
import {limitUpload, makeGif, picture, progressOf, sendByButton} from './pictures.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open({balancer: true, partitions: true});
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** A person who comes through the balancer, so that another node accepts them when theirs is gone. */
async function comeThrough(name: string): Promise<Person> {
  const person = await stage.enter({at: stage.cluster.url ?? ''});
  await comeIn(person, name);
  await composer(person).waitFor();
  await waitFor(() => person.node, {timeoutMs: 10_000, what: 'a connection'});
  return person;
}

function gatewayOf({node}: Person) {
  const gateway = stage.cluster.gateways.find(({name}) => name === node);
  if (!gateway) throw new Error(`no gateway is called ${node}`);
  return gateway;
}

test('what is sent while the node dies, a picture half gone among it, is shown as waiting and arrives once and in order', async () => {
  const [mina, joon] = [await comeThrough(newName('mina')), await comeThrough(newName('joon'))];
  expect(mina.node).not.toBe(joon.node);
  await say(mina, 'before');
  await message(joon, 'before').waitFor();
  const release = await limitUpload(mina, 500_000);
  await sendByButton(mina, makeGif('waving.gif', 2_000_000));
  const progress = progressOf(mina, 'waving.gif');
  await waitFor(async () => Number(await progress.getAttribute('value')) > 0, {
    timeoutMs: 15_000,
    what: 'some of it to be sent',
  });

  const gateway = gatewayOf(mina);
  gateway.kill('SIGKILL');
  await say(mina, 'queued one');
  await say(mina, 'queued two');

  for (const person of [mina, joon]) {
    await message(person, 'queued two').waitFor();
    await picture(person, 'waving.gif').waitFor({timeout: 30_000});
    await expect(textsOf(person)).resolves.toEqual(['before', 'queued one', 'queued two']);
    await expect(picture(person, 'waving.gif').count()).resolves.toBe(1);
  }
  await mina.page.getByRole('img', {name: /Waiting to be sent|Sending/}).waitFor({state: 'detached'});
  await mina.page.getByText(/^(Connecting…|Offline\.)/).waitFor({state: 'detached'});
  await expect(progress.count()).resolves.toBe(0);
  await release();
  await gateway.restart();
});

async function textsOf(person: Person): Promise<string[]> {
  const articles = await conversation(person).getByRole('article').allTextContents();
  return articles.flatMap((text) => /(before|queued one|queued two)/.exec(text)?.[0] ?? []);
}

test('without any node a bar says so, and goes when one is back', async () => {
  const mina = await comeThrough(newName('mina'));
  const {gateways} = stage.cluster;

  for (const gateway of gateways) gateway.kill('SIGKILL');
  await mina.page.getByText('Connecting…').waitFor();
  await say(mina, 'said into the dark');
  await mina.page.getByRole('img', {name: 'Waiting to be sent'}).waitFor();
  await mina.page.getByText('Offline. Your messages will be sent when you are back.').waitFor();
  await Promise.all(gateways.map((gateway) => gateway.restart()));

  await mina.page.getByText(/^(Connecting…|Offline\.)/).waitFor({state: 'detached', timeout: 40_000});
  await mina.page.getByRole('img', {name: 'Waiting to be sent'}).waitFor({state: 'detached'});
  await message(mina, 'said into the dark').waitFor();
  await expect(message(mina, 'said into the dark').count()).resolves.toBe(1);
});

test('someone who was on a killed node and stays away is offline for the others within 15 s', async () => {
  const mina = await comeThrough(newName('mina'));
  const lost = stage.cluster.gateways.find(({name}) => name !== mina.node)!;
  const joon = await stage.enter({at: lost.url});
  await comeIn(joon, newName('joon'));
  await conversation(joon).waitFor();
  await waitFor(async () => (await onlineOf(mina)) === 2, {timeoutMs: 20_000, what: 'both', everyMs: 100});

  lost.kill('SIGKILL');

  await waitFor(async () => (await onlineOf(mina)) === 1, {timeoutMs: 15_000, what: 'one', everyMs: 100});
  await lost.restart();
});

test('a page whose script a newer version removed is loaded again once, and says so where that is no help', async () => {
  const mina = await stage.enter({at: stage.cluster.url ?? ''});
  const {page} = mina;
  let asked = 0;
  let isMissing = true;
  await page.route(profileScript, (route) => {
    asked += 1;
    return isMissing ? route.fulfill({status: 404, json: {}}) : route.continue();
  });
  await comeIn(mina, newName('mina'));
  const loads: string[] = [];
  page.on('request', (request) => request.isNavigationRequest() && loads.push(request.url()));
  // Fetched in advance, but not opened yet.
  await waitFor(() => asked > 0, {timeoutMs: 15_000, what: 'the script to be asked for'});
  expect(loads).toEqual([]);

  await openProfile(mina);
  const said = page.getByRole('heading', {name: 'This page has to be loaded again'});
  await said.waitFor();
  await page
    .getByRole('navigation')
    .getByRole('link', {name: /general/})
    .waitFor();
  expect(loads).toHaveLength(1);
  isMissing = false;
  await page.getByRole('button', {name: 'Load again'}).click();

  await page.getByRole('heading', {name: 'Profile'}).waitFor();
  expect(loads).toHaveLength(2);
  // React logs the part that failed, and the browser the script that could not be loaded.
  mina.troubles.splice(0);
});

test.each([
  ['script is missing', /\/assets\/index-.*\.js$/, 0],
  ['style sheet is missing', /\/assets\/index-.*\.css$/, 0],
  // The browser runs the scripts before it reports the style sheet.
  ['style sheet is missing after all else came', /\/assets\/index-.*\.css$/, 300],
])('a page whose first %s is loaded again until it is there', async (_, part, afterMs) => {
  const mina = await stage.enter({at: stage.cluster.url ?? ''});
  const {page} = mina;
  let loads = 0;
  await page.route(part, async (route) => {
    loads += 1;
    await delay(afterMs);
    return loads <= 2 ? route.fulfill({status: 404, json: {}}) : route.continue();
  });

  await comeIn(mina, newName('mina'));
  await waitFor(() => loads === 3, {timeoutMs: 15_000, what: 'the page to be loaded twice more'});
  await isIn(mina);

  const attempts = () => page.evaluate(() => sessionStorage.getItem('madang.load-attempts'));
  await expect.poll(attempts, {timeout: 5_000}).toBeNull();
  // The browser logs each file that it could not get.
  mina.troubles.splice(0);
});

test('what nobody has opened yet opens without a connection as well', async () => {
  const mina = await stage.enter({at: stage.cluster.url ?? ''});
  const fetched = mina.page.waitForResponse(/\/assets\/jump-dialog-.*\.js$/);
  await comeIn(mina, newName('mina'));
  await (await fetched).finished();

  await mina.page.context().setOffline(true);
  await openProfile(mina);
  await mina.page.getByRole('heading', {name: 'Profile'}).waitFor();
  await mina.page.getByRole('button', {name: 'Create group'}).click();

  await mina.page.getByRole('dialog').getByLabel('Title').waitFor();
});

const profileScript = /\/assets\/profile-page-.*\.js$/;

async function openProfile({page}: Person): Promise<void> {
  await page.getByRole('button', {name: /^Your account/}).click();
  await page.getByRole('menuitem', {name: 'Profile'}).click();
}

test('while the database is away a page says so, and recovers by itself', async () => {
  const mina = await comeThrough(newName('mina'));
  const reach = (mode: 'reset' | 'pass') =>
    stage.cluster.gateways.forEach(({toPostgres}) => toPostgres?.set(mode));

  reach('reset');
  await mina.page.reload();
  await mina.page.getByRole('heading', {name: 'Be right back'}).waitFor();
  const shown = await mina.page.locator('body').innerText();
  reach('pass');

  await isIn(mina);
  expect(shown).not.toMatch(/\bat \S+:\d+|Error:|postgres|ECONN/i);
});
