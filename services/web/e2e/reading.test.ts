import {waitFor} from '@madang/testkit/wait-for';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, composer, conversation, line, message, say, sayAtOnce} from './conversation.ts';
import {listed} from './groups.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {Stage} from './stage.ts';

const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

function isInView(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

/** A room in which Joon has 80 unread messages, after 20 that he has read. */
async function with80Unread(): Promise<{title: string; roomId: string}> {
  const {mina, joon} = people;
  const room = await meetInRoom(people);
  await sayAtOnce(
    mina,
    room.roomId,
    Array.from({length: 20}, (_, no) => `read ${no}.`),
  );
  await message(joon, 'read 19.').waitFor();
  await listed(joon, 'Rooms', room.title).getByText('unread').waitFor({state: 'detached'});
  await openLobby(joon);
  await sayAtOnce(
    mina,
    room.roomId,
    Array.from({length: 80}, (_, no) => `unread ${no}.`),
  );
  await listed(joon, 'Rooms', room.title).getByText('80 unread').waitFor({state: 'attached'});
  return room;
}

test('a room with 80 unread messages opens at the first, and only what was in view is read', async () => {
  const {joon} = people;
  const {title} = await with80Unread();
  await listed(joon, 'Rooms', title).click();

  await line(joon, 'New from here').waitFor();
  await waitFor(() => isInView(message(joon, 'unread 0.')), {timeoutMs: 10_000, what: 'the first unread'});
  await expect(isInView(line(joon, 'New from here'))).resolves.toBe(true);
  const left = listed(joon, 'Rooms', title).getByText(/^\d+ unread$/);
  await expect
    .poll(async () => Number.parseInt((await left.textContent()) ?? '', 10), patience)
    .toBeLessThan(80);
  expect(Number.parseInt((await left.textContent()) ?? '', 10)).toBeGreaterThan(30);
  await expect(violationsIn(joon)).resolves.toEqual([]);

  await joon.page.getByRole('button', {name: 'Newest'}).click();
  await message(joon, 'unread 79.').waitFor();
  await left.waitFor({state: 'detached'});
});

test('one press or Escape marks it as read, and the reader stays where they are', async () => {
  const {joon} = people;
  for (const way of ['press', 'Escape']) {
    const {title} = await with80Unread();
    await listed(joon, 'Rooms', title).click();
    await line(joon, 'New from here').waitFor();
    const mark = joon.page.getByRole('button', {name: 'Mark as read'});
    await mark.waitFor();
    if (way === 'press') await mark.click();
    else await composer(joon).press('Escape');

    await listed(joon, 'Rooms', title).getByText('unread').waitFor({state: 'detached'});
    await mark.waitFor({state: 'detached'});
    await expect(isInView(line(joon, 'New from here'))).resolves.toBe(true);
  }
});

test('a permanent address leads to its message, and Back to where one was', async () => {
  const {mina, joon} = people;
  const {title, roomId} = await meetInRoom(people);
  await sayAtOnce(
    mina,
    roomId,
    Array.from({length: 120}, (_, no) => `line ${no}.`),
  );
  await message(joon, 'line 119.').waitFor();
  const answer = await joon.page.evaluate(async (id) => {
    const {messages} = await (await fetch(`/api/v1/rooms/${id}/messages?limit=120`)).json();
    return messages.find(({text}: {text: string}) => text === 'line 5.').seq as number;
  }, roomId);
  await say(mina, `look at ${joon.url}/rooms/${roomId}/${answer}`);
  await conversation(joon).getByRole('link').click();

  await waitFor(() => isInView(message(joon, 'line 5.')), {timeoutMs: 15_000, what: 'the message'});
  expect(new URL(joon.page.url()).pathname).toBe(`/rooms/${roomId}/${answer}`);
  await expect(
    joon.page.getByRole('navigation').getByRole('link', {name: title}).getAttribute('aria-current'),
  ).resolves.toBe('page');
  await joon.page.goBack();
  await waitFor(() => isInView(message(joon, 'look at')), {timeoutMs: 10_000, what: 'the end'});

  await expect(joon.goTo(`/rooms/${roomId}/${answer}`)).resolves.toBe(200);
  await isInRoom(joon, title);
  await waitFor(() => isInView(message(joon, 'line 5.')), {timeoutMs: 15_000, what: 'the message again'});
  await joon.goTo(`/rooms/${roomId}/999999`);
  await joon.page.getByText('This message is no longer there.').waitFor();
});

test('the address of a message is copied from its menu', async () => {
  const {mina} = people;
  const {roomId} = await meetInRoom(people, ['to be linked']);
  await mina.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await chooseOfMessage(mina, 'to be linked', 'Copy the link');

  await expect
    .poll(() => mina.page.evaluate(() => navigator.clipboard.readText()), patience)
    .toMatch(new RegExp(`^${mina.url}/rooms/${roomId}/\\d+$`));
});
