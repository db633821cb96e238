import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {conversation, message, say} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs} from './entry.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {picture, sendByButton} from './pictures.ts';
import {Stage} from './stage.ts';
import {landscape, worst} from './worst-content.ts';

const layouts = ['Rows', 'Comfortable', 'Bubbles'] as const;
const MIN_MESSAGES = 24;
const MIN_ROOMS = 18;
const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
  ({roomId} = await meetInRoom(people, [...worst, 'said by Mina', 'and more']));
  await sendByButton(people.joon, await landscape(people.joon));
  await picture(people.joon, 'a-file-name').waitFor();
});
beforeEach(() => people.joon.page.setViewportSize({width: 1280, height: 800}));
afterAll(() => stage.close());

/** Selects a layout in the profile. */
async function choose({page}: Person, layout: string, where = 'In rooms and groups'): Promise<void> {
  await page.getByRole('group', {name: where}).getByRole('radio', {name: layout}).check();
}

function layoutOf({page}: Person): Promise<string | null> {
  return page.getByRole('main').locator('[data-layout]').first().getAttribute('data-layout');
}

test.each(layouts)('%s: nothing reaches beyond an edge, and axe finds nothing serious', async (layout) => {
  const {joon} = people;
  await joon.goTo('/profile');
  await choose(joon, layout);
  await joon.goTo(`/rooms/${roomId}`);
  await picture(joon, 'a-file-name').waitFor();
  await say(joon, `my own words in ${layout}`);
  await message(joon, `my own words in ${layout}`).waitFor();

  await expect(layoutOf(joon)).resolves.toBe(layout.toLowerCase());
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await conversation(joon).evaluate((log) => log.scrollTo({top: 0}));
  await expect(beyondEdges(joon)).resolves.toEqual([]);
});

test('a window of 1280 × 800 shows at least 24 messages of several people, and 18 rooms', async () => {
  const {mina, joon} = people;
  const room = await meetInRoom(people);
  for (let no = 0; no < 40; no += 1) {
    const speaker = Math.floor(no / 2) % 2 === 0 ? mina : joon;
    const said = {clientId: randomUUID(), text: `number ${no} of what was said`};
    await callAs(speaker, 'POST', `/rooms/${room.roomId}/messages`, said);
  }
  for (let no = 0; no < MIN_ROOMS; no += 1)
    await callAs(mina, 'POST', '/rooms', {title: `Room ${no}`, ephemeral: false, clientId: randomUUID()});
  await mina.goTo(`/rooms/${room.roomId}`);
  await message(mina, 'number 39').waitFor();
  await mina.page.getByRole('navigation').getByRole('link', {name: 'Room 17'}).waitFor();

  await expect(layoutOf(mina)).resolves.toBe('rows');
  await expect
    .poll(() => wholeIn(mina, '[role=log]', 'article'), patience)
    .toBeGreaterThanOrEqual(MIN_MESSAGES);
  await expect.poll(() => wholeIn(mina, 'nav', 'section a'), patience).toBeGreaterThanOrEqual(MIN_ROOMS);
});

/** Returns how many elements are wholly in view within another. */
function wholeIn({page}: Person, frame: string, element: string): Promise<number> {
  return page.evaluate(
    ([frameSelector, selector]) => {
      const edges = document.querySelector(frameSelector!)!.getBoundingClientRect();
      const bottom = Math.min(edges.bottom, innerHeight);
      return [...document.querySelectorAll(`${frameSelector} ${selector}`)].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.height > 0 && box.top >= edges.top - 0.5 && box.bottom <= bottom + 0.5;
      }).length;
    },
    [frame, element],
  );
}

test('the rows of the list are 30 px for a mouse and 44 px for a finger', async () => {
  const heightOf = ({page}: Person) =>
    page
      .getByRole('navigation')
      .getByRole('link', {name: 'Lobby'})
      .evaluate((row) => row.getBoundingClientRect().height);
  const finger = await stage.enter({hasTouch: true, isMobile: true});
  await finger.goTo('/');
  await finger.page.getByRole('button', {name: 'Enter as a guest'}).tap();
  await finger.page.getByRole('heading', {name: 'Lobby'}).waitFor();

  await expect(heightOf(people.mina)).resolves.toBe(30);
  await expect(heightOf(finger)).resolves.toBe(44);
});

test('the choice follows to other tabs at once, and whispers have one of their own', async () => {
  const {mina, joon} = people;
  const tab = await joon.newTab();
  await tab.goTo(`/rooms/${roomId}`);
  await conversation(tab).waitFor();
  await joon.goTo('/profile');
  await choose(joon, 'Comfortable');
  await expect.poll(() => layoutOf(tab), patience).toBe('comfortable');
  await choose(joon, 'Rows');
  await expect.poll(() => layoutOf(tab), patience).toBe('rows');

  const {user} = await callAs<{user: {id: string}}>(mina, 'GET', '/me');
  await joon.goTo(`/whispers/${user.id}`);
  await conversation(joon).waitFor();
  await expect(layoutOf(joon)).resolves.toBe('bubbles');
  await tab.goTo('/profile');
  await choose(tab, 'Rows', 'In whispers');
  await expect.poll(() => layoutOf(joon), patience).toBe('rows');
});
