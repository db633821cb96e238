import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {composer, conversation, message, say} from './conversation.ts';
import {callAs} from './entry.ts';
import {listed} from './groups.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {openCard, pressInCard} from './people.ts';
import type {Person} from './person.ts';
import {makePng, picture, sendByDrop} from './pictures.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
});
beforeEach(async () => {
  people = await twoAccounts(stage);
  await meetInRoom(people);
});
afterAll(() => stage.close());

const whispersOf = ({page}: Person) => page.getByRole('region', {name: 'Whispers'}).getByRole('link');

async function whisperTo(person: Person, name: string): Promise<void> {
  await openCard(person, name);
  await pressInCard(person, name, 'Whisper');
  await isInRoom(person, name);
}

test('a whisper that one begins stands in nobody’s list until something is said', async () => {
  const {mina, joon, minaName, joonName} = people;

  await whisperTo(mina, joonName);
  await composer(mina).fill('not yet');
  // The message in the room arrives after everything that the press has caused.
  await joon.page.reload();
  await isInRoom(joon, await joon.page.getByRole('heading', {level: 1}).innerText());
  await expect(whispersOf(joon).count()).resolves.toBe(0);
  const opened = await callAs<{rooms: {kind: string}[]}>(joon, 'GET', '/me/rooms').catch(() => ({rooms: []}));
  expect(opened.rooms.filter(({kind}) => kind === 'direct')).toEqual([]);
  await composer(mina).press('Enter');

  await listed(joon, 'Whispers', minaName).click();
  await message(joon, 'not yet', minaName).waitFor();
  await message(mina, 'not yet').waitFor();
  await listed(mina, 'Whispers', joonName).waitFor();
  expect(new URL(mina.page.url()).pathname).toMatch(/^\/rooms\//);
});

test('it can be reloaded before, and begin with a picture', async () => {
  const {mina, joon, minaName, joonName} = people;
  await whisperTo(mina, joonName);
  await mina.page.reload();
  await isInRoom(mina, joonName);
  await expect(whispersOf(joon).count()).resolves.toBe(0);

  await sendByDrop(mina, makePng('first.png'));

  await listed(joon, 'Whispers', minaName).click();
  await picture(joon, 'first.png').waitFor();
});

test('the card of someone one has whispered with leads to what was said', async () => {
  const {mina, joon, minaName, joonName} = people;
  await say(joon, `/w ${minaName} hello there`);
  await listed(mina, 'Whispers', joonName).waitFor();

  await whisperTo(mina, joonName);

  await message(mina, 'hello there', joonName).waitFor();
});

test('a whisper that another client has opened is shown when something is said', async () => {
  const {mina, joon, minaName, joonName} = people;
  const {user} = await callAs<{user: {id: string}}>(joon, 'GET', '/me');
  const {room} = await callAs<{room: {id: string}}>(mina, 'POST', '/direct', {userId: user.id});
  await say(mina, 'after it was opened');
  await message(joon, 'after it was opened').waitFor();
  for (const person of [mina, joon]) await expect(whispersOf(person).count()).resolves.toBe(0);

  await callAs(mina, 'POST', `/rooms/${room.id}/messages`, {clientId: crypto.randomUUID(), text: 'now'});

  await listed(joon, 'Whispers', minaName).waitFor();
  await listed(mina, 'Whispers', joonName).waitFor();
});

test('one may turn back before anything is said, and an address shared by nobody leads in', async () => {
  const {mina, joon, joonName} = people;
  await whisperTo(mina, joonName);
  const path = new URL(mina.page.url()).pathname;
  await openLobby(mina);
  await expect(whispersOf(mina).count()).resolves.toBe(0);

  // A tab that has not met anybody yet.
  const tab = await mina.newTab(stage.nodeUrl(2));
  await tab.goTo(path);
  await isInRoom(tab, joonName);
  await conversation(tab).waitFor();

  await expect(whispersOf(joon).count()).resolves.toBe(0);
});
