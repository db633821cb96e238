import {afterAll, beforeAll, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {conversation, message, say} from './conversation.ts';
import {chooseOfRoom} from './groups.ts';
import {createRoom, isInRoom, openLobby} from './lobby.ts';
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

test.each(['/', '/sign-in', '/register', '/sign-in?error=access_denied&next=%2Fprofile', '/nowhere'])(
  'a visitor finds no serious violation at %s',
  async (path) => {
    const visitor = await stage.enter();
    await visitor.goTo(path);
    await visitor.page.getByRole('heading').first().waitFor();

    await expect(violationsIn(visitor)).resolves.toEqual([]);
  },
);

test('nor does someone signed in: lobby, profile, and the ways to make a room', async () => {
  const {mina} = people;
  await openLobby(mina);
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.getByRole('button', {name: 'Create room'}).click();
  await mina.page.getByLabel('Title').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.keyboard.press('Escape');

  await mina.goTo('/profile');
  await mina.page.getByRole('heading', {name: 'Profile'}).waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.goTo('/rooms/01990000-0000-7000-8000-000000000000');
  await mina.page.getByRole('alert').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
});

test('nor does someone in a lively room, its menus and its settings', async () => {
  const {mina, joon} = people;
  await mina.goTo('/');
  await meetInRoom(people);
  await say(mina, 'A **bold** word and https://example.com');
  await message(joon, 'A bold word').waitFor();
  await say(joon, 'An answer');
  await message(mina, 'An answer').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);

  await message(mina, 'An answer').hover();
  await mina.page.getByRole('button', {name: 'Message menu'}).last().click();
  await mina.page.getByRole('menu').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.keyboard.press('Escape');
  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByLabel('Title').waitFor();

  await expect(violationsIn(mina)).resolves.toEqual([]);
});

test('nor does someone before a locked door', async () => {
  const {mina, joon} = people;
  await mina.page.keyboard.press('Escape');
  const title = 'A locked room';
  await createRoom(mina, {title, password: 'open sesame'});
  await openLobby(joon);
  await joon.page.getByRole('main').getByRole('link', {name: title}).click();
  await joon.page.getByLabel('Password of the room').waitFor();

  await expect(violationsIn(joon)).resolves.toEqual([]);
});

test('nor does someone on a phone', async () => {
  const {joon} = people;
  await joon.page.setViewportSize({width: 390, height: 844});
  await joon.goTo('/');
  await isInRoom(joon, 'general');
  await conversation(joon).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await joon.page.getByRole('button', {name: 'Back'}).click();
  await joon.page.getByRole('navigation').waitFor();

  await expect(violationsIn(joon)).resolves.toEqual([]);
});

test('everything from sign-in to a sent message goes by the keyboard alone', async () => {
  const guest = await stage.enter();
  await guest.goTo('/');
  const press = async (name: string) => {
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await guest.page.keyboard.press('Tab');
      const focused = guest.page.locator(':focus');
      if ((await focused.count()) > 0 && (await nameOf(focused)).includes(name))
        return guest.page.keyboard.press('Enter');
    }
    throw new Error(`${name} was not reached by Tab`);
  };
  await guest.page.getByRole('heading', {name: 'Come in.'}).waitFor();

  await press('Enter as a guest');
  await guest.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  await press('Create room');
  await guest.page.getByLabel('Title').waitFor();
  await guest.page.keyboard.type('By keyboard\n');
  await isInRoom(guest, 'By keyboard');
  await guest.page.keyboard.type('And I can talk\n');

  await message(guest, 'And I can talk').waitFor();
});

function nameOf(focused: ReturnType<Person['page']['locator']>): Promise<string> {
  return focused.evaluate((element) => element.getAttribute('aria-label') ?? element.textContent ?? '');
}
