import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {message, say} from './conversation.ts';
import {callAs, comeIn, isIn, newName} from './entry.ts';
import {chooseOfRoom, createGroup, listed} from './groups.ts';
import {isInRoom} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
});
beforeEach(async () => {
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

const dialog = ({page}: Person) => page.getByRole('dialog', {name: 'Invitation'});

/** Makes a link by the room's menu. Returns its path. */
async function makeLink(person: Person, uses?: number): Promise<string> {
  await chooseOfRoom(person, 'Invite by a link');
  await dialog(person).getByText('There is no link.').waitFor();
  if (uses !== undefined) await dialog(person).getByRole('spinbutton').fill(String(uses));
  await dialog(person).getByRole('button', {name: 'Make a link'}).press('Enter');
  const link = await dialog(person).getByRole('textbox', {name: 'Link'}).inputValue();
  return new URL(link).pathname;
}

test('a link into a group is made, copied and listed, and leads somebody in who joins', async () => {
  const {mina, joon, minaName, joonName} = people;
  const title = newName('Garden');
  await createGroup(mina, title);
  await say(mina, 'Welcome to the garden');
  const path = await makeLink(mina, 2);
  await dialog(mina).getByRole('button', {name: 'Copy'}).press('Enter');
  await dialog(mina).getByText('The link is copied.').waitFor();
  await dialog(mina).getByText('for 2 more people').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.keyboard.press('Escape');

  await joon.goTo(path);
  await joon.page.getByRole('heading', {name: title}).waitFor();
  await joon.page.getByText(`${minaName} invites you to this room.`).waitFor();
  await joon.page.getByText('1 member', {exact: true}).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await joon.page.getByRole('button', {name: 'Join'}).press('Enter');

  await isInRoom(joon, title);
  await message(joon, 'Welcome to the garden', minaName).waitFor();
  await listed(joon, 'Groups', title).waitFor();
  await say(joon, 'Thank you');
  await message(mina, 'Thank you', joonName).waitFor();
});

test('somebody who is not signed in enters first, and comes to the invitation then', async () => {
  const {mina} = people;
  const title = newName('Yard');
  await createGroup(mina, title);
  const path = await makeLink(mina);
  const guest = await stage.enter({at: stage.nodeUrl(2)});

  await guest.goTo(path);
  await guest.page.getByRole('button', {name: 'Enter as a guest'}).click();
  await isIn(guest);
  await guest.page.getByRole('heading', {name: title}).waitFor();
  await guest.page.getByRole('button', {name: 'Join'}).click();

  await isInRoom(guest, title);
});

test('a link that its maker ends leads nowhere, and a used one says so', async () => {
  const {mina, joon} = people;
  const title = newName('Shed');
  await createGroup(mina, title);
  const path = await makeLink(mina, 1);
  await joon.goTo(path);
  await joon.page.getByRole('button', {name: 'Join'}).click();
  await isInRoom(joon, title);
  const sora = await stage.enter({at: stage.nodeUrl(2)});
  await comeIn(sora, newName('sora'), path);
  await sora.page.getByText('This link is used up').waitFor();
  await expect(violationsIn(sora)).resolves.toEqual([]);
  await mina.page.keyboard.press('Escape');
  await dialog(mina).waitFor({state: 'detached'});

  const other = await makeLink(mina);
  const end = dialog(mina).getByRole('button', {name: /^End the link/});
  await end.press('Enter');
  await dialog(mina)
    .getByRole('button', {name: /for everybody$/})
    .press('Enter');
  await dialog(mina).getByText('There is no link.').waitFor();
  await sora.goTo(other);
  await sora.page.getByText('This link does not lead anywhere any more').waitFor();
});

test('plain members are not offered links', async () => {
  const {joon} = people;
  const {roomId} = await meetInRoom(people);
  await joon.page.getByRole('button', {name: 'Room menu'}).click();
  await joon.page.getByRole('menuitem', {name: 'Leave the room'}).waitFor();
  await expect(joon.page.getByRole('menuitem', {name: 'Invite by a link'}).count()).resolves.toBe(0);
  await joon.page.keyboard.press('Escape');
  const refused = await callAs(joon, 'GET', `/rooms/${roomId}/invites`).catch(String);
  expect(refused).toContain('403');
});
