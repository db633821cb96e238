import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, composer, conversation, message, say} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs} from './entry.ts';
import {chooseOfRoom, listed} from './groups.ts';
import {isInRoom, lobbyRow, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
let title: string;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({title, roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

const pins = ({page}: Person) => page.getByRole('complementary', {name: 'Pinned messages'});

test('what a room is about stands in its header and in the lobby, and goes again', async () => {
  const {mina, joon} = people;
  const topic =
    'Plans for the courtyard, and who brings which persimmons on which of the many days of autumn';
  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByLabel('What it is about').fill(topic);
  await mina.page.getByRole('button', {name: 'Save'}).click();

  await joon.page.getByRole('main').locator('header').getByText(topic).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await joon.page.setViewportSize({width: 1280, height: 800});
  await openLobby(joon);
  await lobbyRow(joon, title).getByText(topic).waitFor();
  await listed(joon, 'Rooms', title).click();
  await isInRoom(joon, title);
  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByLabel('What it is about').fill('');
  await mina.page.getByRole('button', {name: 'Save'}).click();
  await joon.page.getByRole('main').locator('header').getByText(topic).waitFor({state: 'detached'});
});

test('in a slow room a member sees how long to wait, keeps the text, and its owner does not wait', async () => {
  const {mina, joon} = people;
  await callAs(mina, 'PATCH', `/rooms/${roomId}`, {slowSeconds: 20});
  await say(joon, 'first');
  await message(mina, 'first').waitFor();
  await joon.page.getByText(/^This room is slow\. You can send again in \d+ seconds?\.$/).waitFor();
  await composer(joon).fill('second');
  await composer(joon).press('Enter');
  await expect(composer(joon).inputValue()).resolves.toBe('second');
  await expect(joon.page.getByRole('button', {name: 'Send', exact: true}).isDisabled()).resolves.toBe(true);
  await say(mina, 'one');
  await say(mina, 'two');
  await message(joon, 'two').waitFor();

  await joon.page.getByText(/^This room is slow/).waitFor({state: 'detached', timeout: 30_000});
  await composer(joon).press('Enter');
  await message(mina, 'second').waitFor();
});

test('what is pinned is marked, and listed for everybody beside the conversation', async () => {
  const {mina, joon} = people;
  await say(mina, 'The gate opens at nine');
  await message(joon, 'The gate opens at nine').waitFor();
  await chooseOfRoom(joon, 'Pinned messages');
  await pins(joon).getByText('Nothing is pinned here.').waitFor();

  await chooseOfMessage(mina, 'The gate opens at nine', 'Pin');

  await pins(joon).getByRole('link').filter({hasText: 'The gate opens at nine'}).waitFor();
  await conversation(joon).getByRole('img', {name: 'pinned'}).waitFor();
  await expect(pins(joon).getByRole('button', {name: 'Take the pin away'}).count()).resolves.toBe(0);
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await joon.page.setViewportSize({width: 1280, height: 800});
  await pins(joon).getByRole('link').filter({hasText: 'The gate opens at nine'}).click();
  expect(new URL(joon.page.url()).pathname).toMatch(/^\/rooms\/[\w-]+\/\d+$/);
  await chooseOfRoom(mina, 'Pinned messages');
  await pins(mina).getByRole('button', {name: 'Take the pin away'}).click();
  for (const person of [mina, joon]) await pins(person).getByText('Nothing is pinned here.').waitFor();
  await conversation(joon).getByRole('img', {name: 'pinned'}).waitFor({state: 'detached'});
});
