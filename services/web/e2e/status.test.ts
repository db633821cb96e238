import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {callAs} from './entry.ts';
import {openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

/** Opens the account menu and chooses an entry. */
async function choose({page}: Person, role: 'menuitem' | 'menuitemradio', entry: string): Promise<void> {
  await page.bringToFront();
  await page.getByRole('button', {name: /^Your account/}).click();
  await page.getByRole(role, {name: entry, exact: true}).click();
  await page.getByRole('menu').waitFor({state: 'detached'});
}

/** The person's line in the list of people beside the room. */
const inList = ({page}: Person, name: string) =>
  page.getByRole('complementary', {name: 'People'}).getByRole('listitem').filter({hasText: name});

async function mention(from: Person, to: Person, name: string, text: string): Promise<void> {
  const {user} = await callAs<{user: {id: string}}>(to, 'GET', '/me');
  const content = {clientId: randomUUID(), text: `@${name} ${text}`, mentions: [user.id]};
  await callAs(from, 'POST', `/rooms/${roomId}/messages`, content);
}

test('a status stands beside the name for others until it is cleared, and so does being away', async () => {
  const {mina, joon, minaName} = people;
  await choose(mina, 'menuitem', 'Set a status');
  const dialog = mina.page.getByRole('dialog', {name: 'Set a status'});
  await dialog.getByRole('button', {name: 'At lunch'}).click();
  await dialog.getByRole('combobox', {name: 'Ends'}).selectOption('hour');
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await dialog.getByRole('button', {name: 'Save'}).click();
  await dialog.waitFor({state: 'detached'});

  await inList(joon, minaName).getByText('At lunch').waitFor();
  await choose(mina, 'menuitem', 'I am away');
  await inList(joon, minaName).getByText('away').waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);

  await choose(mina, 'menuitem', 'I am back');
  await choose(mina, 'menuitem', 'Set a status');
  await dialog.getByRole('button', {name: 'Clear'}).click();
  await inList(joon, minaName).getByText('At lunch').waitFor({state: 'detached'});
  await inList(joon, minaName).getByText('away').waitFor({state: 'detached'});
});

test('while somebody does not want to be disturbed nothing pops up, and the inbox has it all the same', async () => {
  const {mina, joon, joonName} = people;
  const toasts = joon.page.getByRole('region', {name: 'Notifications'});
  await choose(joon, 'menuitemradio', 'For 1 hour');
  await openLobby(joon);
  await mention(mina, joon, joonName, 'quietly');
  await joon.page.getByRole('button', {name: 'Notifications, 1 unread', exact: true}).waitFor();
  await expect(toasts.getByText('quietly').count()).resolves.toBe(0);

  await choose(joon, 'menuitemradio', 'Off');
  await mention(mina, joon, joonName, 'aloud');

  await toasts.getByText('aloud').waitFor();
});
