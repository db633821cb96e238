import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {composer, conversation, sayAtOnce} from './conversation.ts';
import {callAs} from './entry.ts';
import {hostileTexts} from './hostile-texts.ts';
import {openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

/** Checks that nothing ran, that the text created no elements, and that no link leads to a program. */
async function expectInert({page}: Person): Promise<void> {
  await expect(page.evaluate(() => 'struck' in window)).resolves.toBe(false);
  const made = page.locator(
    '#root :is(script, iframe, object, embed, style, link, meta, base, math, video, audio, marquee, img[src="x"])',
  );
  await expect(made.count()).resolves.toBe(0);
  const attributes = await page
    .locator('body *')
    .evaluateAll((elements) =>
      elements.flatMap((element) =>
        [...element.attributes]
          .filter(
            ({name, value}) =>
              /^on/i.test(name) ||
              (/^(href|src|action)$/.test(name) && /^\s*(javascript|data|vbscript):/i.test(value)),
          )
          .map(({name, value}) => `${name}=${value}`),
      ),
    );
  expect(attributes).toEqual([]);
}

test('sixty hostile texts are sixty different ones', () => {
  expect(new Set(hostileTexts).size).toBe(60);
});

test('they are shown as they are when they are said', async () => {
  const {mina, joon} = people;
  const {roomId} = await meetInRoom(people);

  await sayAtOnce(mina, roomId, [...hostileTexts]);
  await sayAtOnce(mina, roomId, ['the end']);
  await conversation(joon).getByText('the end').waitFor();

  await expectInert(joon);
  for (let page = 0; page < 6; page += 1) {
    await conversation(joon).evaluate((log) => log.scrollBy({top: -700}));
    await expectInert(joon);
  }
});

test('and when people and rooms are called so', async () => {
  const {mina, joon} = people;
  const {roomId} = await meetInRoom(people);
  const titles = hostileTexts.map((text) => text.slice(0, 80));

  for (const displayName of new Set(hostileTexts.map((text) => text.slice(0, 32).trim()))) {
    await callAs(mina, 'PATCH', '/me', {displayName});
    await sayAtOnce(mina, roomId, ['as']);
  }
  for (const title of titles) await callAs(mina, 'PATCH', `/rooms/${roomId}`, {title});
  await expectInert(joon);
  for (const title of titles.slice(0, 30))
    await callAs(mina, 'POST', '/rooms', {title, clientId: randomUUID()});
  await openLobby(joon);
  await joon.page.getByRole('main').getByRole('listitem').nth(20).waitFor();

  await expectInert(joon);
});

test('and when they are typed anywhere', async () => {
  const {joon} = people;
  await meetInRoom(people);
  for (const text of hostileTexts) await composer(joon).fill(text);
  await expectInert(joon);

  await openLobby(joon);
  await joon.page.getByRole('button', {name: 'Create room'}).click();
  for (const text of hostileTexts) {
    await joon.page.getByLabel('Title').fill(text);
    await joon.page.getByLabel('Password (optional)').fill(text);
  }
  await expectInert(joon);
});

test('and when they stand in an address', async () => {
  const visitor = await stage.enter();
  for (const text of hostileTexts.slice(0, 12)) {
    await visitor.goTo(`/sign-in?error=${encodeURIComponent(text)}&next=${encodeURIComponent(text)}`);
    await visitor.page.getByRole('alert').waitFor();
    await expectInert(visitor);
  }
  expect(new URL(visitor.page.url()).origin).toBe(visitor.url);
});
