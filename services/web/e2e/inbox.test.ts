import {randomUUID} from 'node:crypto';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, composer, conversation, message, say} from './conversation.ts';
import {callAs, newName, PASSWORD} from './entry.ts';
import {chooseOfRoom, listed} from './groups.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {newestSeq} from './reactions.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 30_000};

let stage: Stage;
let people: Two;
/** Another device of Joon's, on the third node. */
let phone: Person;
let title: string;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
  phone = await stage.enter({at: stage.nodeUrl(2)});
  await callAs(phone, 'POST', '/auth/login', {username: people.joonName, password: PASSWORD});
  await phone.goTo('/lobby');
  await openLobby(phone);
});
beforeEach(async () => {
  const {notifications} = await callAs<{notifications: {id: string}[]}>(people.joon, 'GET', '/notifications');
  const [newest] = notifications;
  if (newest !== undefined) await callAs(people.joon, 'POST', '/notifications/read', {upTo: newest.id});
  ({title, roomId} = await meetInRoom(people));
  for (const device of [people.joon, phone]) await openLobby(device);
});
afterAll(() => stage.close());

const bell = ({page}: Person, unread: number) =>
  page.getByRole('button', {
    name: unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`,
    exact: true,
  });
const list = ({page}: Person) => page.getByRole('dialog', {name: 'Notifications'});

/** The number that one sees beside a room of the list; empty without one. */
function numberOf(room: Locator): Promise<string> {
  return room
    .locator('span[aria-hidden]')
    .last()
    .textContent()
    .then((text) => text ?? '');
}

function weightOf(room: Locator, name: string): Promise<number> {
  return room.getByText(name, {exact: true}).evaluate((text) => Number(getComputedStyle(text).fontWeight));
}

async function mention(from: Person, name: string, text: string): Promise<void> {
  const {user} = await callAs<{user: {id: string}}>(people.joon, 'GET', '/me');
  await callAs(from, 'POST', `/rooms/${roomId}/messages`, {
    clientId: randomUUID(),
    text: `@${name} ${text}`,
    mentions: [user.id],
  });
}

test('a mention is told by name and room, leads to its message, and is read there', async () => {
  const {mina, joon, minaName, joonName} = people;
  await bell(joon, 0).waitFor();
  await mention(mina, joonName, 'lunch?');

  await bell(phone, 1).waitFor();
  await joon.page
    .getByRole('region', {name: 'Notifications'})
    .getByText(`${minaName} mentioned you in ${title}`)
    .waitFor();
  await expect.poll(() => numberOf(listed(joon, 'Rooms', title)), patience).toBe('1');
  await listed(joon, 'Rooms', title).getByText('1 mention').waitFor({state: 'attached'});
  await bell(joon, 1).click();
  const item = list(joon)
    .getByRole('link')
    .filter({hasText: `${minaName} mentioned you in ${title}`});
  await item.getByText(`@${joonName} lunch?`).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await expect(item.getAttribute('href')).resolves.toBe(`/rooms/${roomId}/${await newestSeq(joon, roomId)}`);
  await item.click();

  await isInRoom(joon, title);
  await message(joon, `@${joonName} lunch?`).waitFor();
  await listed(joon, 'Rooms', title).getByText('1 mention').waitFor({state: 'detached'});
  for (const device of [joon, phone]) await bell(device, 0).waitFor();
});

test('a reply is told, but not to who looks at the room', async () => {
  const {mina, joon, minaName} = people;
  await listed(joon, 'Rooms', title).click();
  await isInRoom(joon, title);
  await say(joon, 'Who has the key?');
  await message(mina, 'Who has the key?').waitFor();
  await chooseOfMessage(mina, 'Who has the key?', 'Reply');
  await composer(mina).fill('I have it');
  await composer(mina).press('Enter');

  await message(joon, 'I have it', minaName).waitFor();
  await expect
    .poll(() => callAs(joon, 'POST', `/rooms/${roomId}/read`, {seq: 1}), patience)
    .toMatchObject({readSeq: await newestSeq(joon, roomId)});
  await bell(joon, 0).waitFor();
  await openLobby(joon);
  await chooseOfMessage(mina, 'Who has the key?', 'Reply');
  await composer(mina).fill('In my bag');
  await composer(mina).press('Enter');
  const toasts = joon.page.getByRole('region', {name: 'Notifications'});
  await toasts.getByText('In my bag').waitFor();
  await toasts.getByText(`${minaName} replied to you in ${title}`).waitFor();
  await expect(toasts.getByText('I have it').count()).resolves.toBe(0);
});

test('a room with something unread is bold, and only whispers and mentions have a number', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'Just so you know');
  const room = listed(joon, 'Rooms', title);
  await room.getByText('1 unread').waitFor({state: 'attached'});
  await expect.poll(() => weightOf(room, title), patience).toBe(700);
  await expect(room.getByText('1', {exact: true}).count()).resolves.toBe(0);

  const {user} = await callAs<{user: {id: string}}>(joon, 'GET', '/me');
  await mina.goTo(`/whispers/${user.id}`);
  await say(mina, 'Only for you');
  // Written while the whisper opens, it is in the field of the room then.
  await composer(mina).fill('And this');
  await message(mina, 'Only for you').waitFor();
  await expect.poll(() => composer(mina).inputValue(), patience).toBe('And this');
  await composer(mina).press('Enter');
  await expect.poll(() => numberOf(listed(joon, 'Whispers', minaName)), patience).toBe('2');
});

test('the level that one device chooses holds on the others; with none nothing is told', async () => {
  const {mina, joon, joonName} = people;
  for (const device of [joon, phone]) {
    await listed(device, 'Rooms', title).click();
    await isInRoom(device, title);
  }
  await joon.page.bringToFront();
  await joon.page.getByRole('button', {name: 'Room menu'}).click();
  await joon.page.getByRole('menuitemradio', {name: 'Mentions and replies', checked: true}).waitFor();
  await joon.page.getByRole('menuitemradio', {name: 'Nothing'}).click();

  await expect
    .poll(async () => {
      await phone.page.keyboard.press('Escape');
      await phone.page.getByRole('menu').waitFor({state: 'detached'});
      await phone.page.getByRole('button', {name: 'Room menu'}).click();
      return phone.page.getByRole('menuitemradio', {name: 'Nothing', checked: true}).count();
    }, patience)
    .toBe(1);
  await phone.page.keyboard.press('Escape');
  await openLobby(joon);
  await mention(mina, joonName, 'are you there?');
  await listed(joon, 'Rooms', title).getByText('1 unread').waitFor({state: 'attached'});
  // Another room's item comes after anything that this one could have made.
  const other = await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', {
    title: newName('Other'),
    ephemeral: false,
    clientId: randomUUID(),
  });
  await callAs(joon, 'POST', `/rooms/${other.room.id}/join`, {});
  roomId = other.room.id;
  await mention(mina, joonName, 'here then');
  await bell(joon, 1).waitFor();
});

test('messages marked as unread are unread on every device, and stay so for who looks at them', async () => {
  const {mina, joon} = people;
  for (const device of [joon, phone]) {
    await listed(device, 'Rooms', title).click();
    await isInRoom(device, title);
  }
  for (const text of ['one', 'two', 'three']) await say(mina, text);
  await message(joon, 'three').waitFor();
  await openLobby(phone);
  await joon.page.bringToFront();
  await listed(phone, 'Rooms', title)
    .getByText(/unread$/)
    .waitFor({state: 'detached'});

  await chooseOfMessage(joon, 'two', 'Mark as unread from here');

  for (const device of [joon, phone]) {
    await listed(device, 'Rooms', title).getByText('2 unread').waitFor({state: 'attached'});
  }
  await conversation(joon).getByText('New from here').waitFor();
  await phone.page.bringToFront();
  await listed(phone, 'Rooms', title).click();
  await conversation(phone).getByText('New from here').waitFor();
  for (const device of [joon, phone]) {
    await listed(device, 'Rooms', title)
      .getByText(/unread$/)
      .waitFor({state: 'detached'});
  }
});

test('a hidden room is not listed until something new is in it', async () => {
  const {mina, joon} = people;
  await listed(joon, 'Rooms', title).click();
  await isInRoom(joon, title);
  await joon.page.getByRole('button', {name: 'Room menu'}).click();
  await joon.page.getByRole('menuitem', {name: 'Hide until something is new'}).click();
  await openLobby(joon);
  for (const device of [joon, phone]) await listed(device, 'Rooms', title).waitFor({state: 'detached'});

  await say(mina, 'News');

  for (const device of [joon, phone]) {
    await listed(device, 'Rooms', title).getByText('1 unread').waitFor({state: 'attached'});
  }
});

test('in Korean the notifications are Korean', async () => {
  const {mina, minaName, joonName} = people;
  const korean = await stage.enter({locale: 'ko-KR', at: stage.nodeUrl(1)});
  await callAs(korean, 'POST', '/auth/login', {username: joonName, password: PASSWORD});
  await korean.goTo('/lobby');
  await korean.page.getByRole('navigation').getByRole('link', {name: title}).waitFor();
  await mention(mina, joonName, '점심 먹어요');

  await korean.page.getByText(`${minaName}님이 ${title}에서 나를 언급했어요`).first().waitFor();
  await korean.leave();
});

test('a section that one device names has the room on all of them, until its name is emptied', async () => {
  const {joon} = people;
  const inSection = ({page}: Person) =>
    page.getByRole('region', {name: 'Work', exact: true}).getByRole('link').filter({hasText: title});
  await listed(joon, 'Rooms', title).click();
  await isInRoom(joon, title);
  await chooseOfRoom(joon, 'Move to a section');
  await joon.page.getByLabel('Section', {exact: true}).fill('Work');
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await joon.page.getByRole('button', {name: 'Save'}).click();
  for (const device of [joon, phone]) await inSection(device).waitFor();
  await expect(listed(joon, 'Rooms', title).count()).resolves.toBe(0);

  await chooseOfRoom(joon, 'Move to a section');
  await joon.page.getByLabel('Section', {exact: true}).fill('');
  await joon.page.getByRole('button', {name: 'Save'}).click();

  for (const device of [joon, phone]) await listed(device, 'Rooms', title).waitFor();
});
