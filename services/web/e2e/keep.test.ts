import {afterAll, beforeAll, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {message, say} from './conversation.ts';
import {enterAsGuest, newName, PASSWORD, signIn, signOut} from './entry.ts';
import {createGroup, listed} from './groups.ts';
import {isInRoom} from './lobby.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

test('a guest creates an account, and finds the same group and messages after signing in again', async () => {
  const guest = await stage.enter();
  await enterAsGuest(guest);
  const [title, name] = [newName('Picnic'), newName('yuna')];
  await createGroup(guest, title);
  await say(guest, 'Said before I had a name');
  await message(guest, 'Said before I had a name').waitFor();

  await guest.goTo('/profile');
  const section = guest.page.getByRole('region', {name: 'Keep what is yours'});
  await section.waitFor();
  await expect(violationsIn(guest)).resolves.toEqual([]);
  await section.getByLabel('Name', {exact: true}).fill('x');
  await section.getByLabel('Password', {exact: true}).fill(PASSWORD);
  await section.getByRole('button', {name: 'Create account'}).click();
  await section.getByRole('alert').or(section.locator('[aria-invalid=true]')).first().waitFor();
  await section.getByLabel('Name', {exact: true}).fill(name);
  await section.getByRole('button', {name: 'Create account'}).click();

  await section.waitFor({state: 'detached'});
  await listed(guest, 'Groups', title).click();
  await isInRoom(guest, title);
  await signOut(guest);
  await signIn(guest, name);
  await listed(guest, 'Groups', title).click();
  await isInRoom(guest, title);
  await message(guest, 'Said before I had a name').waitFor();
});
