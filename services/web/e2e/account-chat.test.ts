import {staysTrue} from '@madang/testkit/stays-true';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {composer, line, message, onlineOf, say} from './conversation.ts';
import {enterAsGuest, fillIn, isIn, newName, PASSWORD, register, signIn, signOut} from './entry.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

test('one registers, signs out, and signs in again with name and password on another node', async () => {
  const [mina, elsewhere] = [await stage.enter(), await stage.enter()];
  const name = newName('mina');

  await register(mina, name);
  await signOut(mina);
  await signIn(elsewhere, name);

  await isIn(elsewhere);
  await message(elsewhere, '').or(line(elsewhere, 'Nothing has been said yet.')).first().waitFor();
});

test('a menu that is opened before the rooms are known stays open when they come', async () => {
  const mina = await stage.enter();
  await mina.page.routeWebSocket(/socket\.io/, (toPage) => {
    const toNode = toPage.connectToServer();
    toNode.onMessage((data) => setTimeout(() => toPage.send(data), 500));
  });

  await register(mina, newName('mina'));
  await mina.page.getByRole('button', {name: /^Your account/}).click();
  await mina.page.getByRole('menuitem', {name: 'Sign out'}).waitFor();
  await mina.page.waitForURL('**/rooms/*');
  // The menu hides the rest of the page from assistive technology.
  await mina.page.locator('textarea').waitFor();

  // The menu receives the keys, not the field that was mounted after it.
  const isInMenu = () => mina.page.evaluate(() => document.activeElement?.closest('[role=menu]') !== null);
  await staysTrue(isInMenu, 300, {what: 'the focus is in the menu'});
  await mina.page.keyboard.press('End');
  await mina.page.keyboard.press('Enter');
  await mina.page.getByRole('heading', {name: 'Come in.'}).waitFor();
});

test('a wrong password is said in place, and what was entered stays', async () => {
  const mina = await stage.enter();
  const name = newName('mina');
  await register(mina, name);
  await signOut(mina);

  await signIn(mina, name, 'not the password');

  await mina.page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
  await expect(mina.page.getByLabel('Name', {exact: true}).inputValue()).resolves.toBe(name);
});

test('a name that is taken, or that nobody can have, is said beside the field', async () => {
  const [mina, other] = [await stage.enter(), await stage.enter()];
  const name = newName('mina');
  await register(mina, name);

  await other.goTo('/register');
  await fillIn(other, name, PASSWORD);
  await other.page.getByRole('button', {name: 'Create account'}).click();
  await other.page.getByText('This name is taken. Choose another.').waitFor();
  await fillIn(other, 'no spaces allowed', PASSWORD);
  await other.page.getByRole('button', {name: 'Create account'}).click();

  await other.page.getByText('Use 2 to 32 letters, digits, dots, hyphens or underscores.').waitFor();
});

test('a page for the signed-in leads others to sign-in, and from there back', async () => {
  const [mina, visitor] = [await stage.enter(), await stage.enter()];
  const name = newName('mina');
  await register(mina, name);

  await visitor.goTo('/profile');
  await visitor.page.getByRole('heading', {name: 'Sign in'}).waitFor();
  await fillIn(visitor, name, PASSWORD);
  await visitor.page.getByRole('button', {name: 'Sign in', exact: true}).click();

  await visitor.page.getByRole('heading', {name: 'Profile'}).waitFor();
  expect(new URL(visitor.page.url()).pathname).toBe('/profile');
});

test('in general everyone sees who said what; the field clears and keeps the focus', async () => {
  const [mina, joon] = [await stage.enter(), await stage.enter()];
  const [minaName, joonName] = [newName('mina'), newName('joon')];
  await register(mina, minaName);
  await register(joon, joonName);

  await say(mina, 'Is anybody here?');
  await message(joon, 'Is anybody here?', minaName).waitFor();
  await composer(joon).focus();
  await joon.page.keyboard.type('Me!\n');

  await message(mina, 'Me!', joonName).waitFor();
  await expect(composer(joon).inputValue()).resolves.toBe('');
  await expect(hasFocus(joon)).resolves.toBe(true);
  await joon.page.keyboard.type('And I go on typing.\n');
  await message(mina, 'And I go on typing.', joonName).waitFor();
});

function hasFocus(person: Person): Promise<boolean> {
  return composer(person).evaluate((field) => field === document.activeElement);
}

test('who comes and goes is told on every node, and tabs count once', async () => {
  const [mina, joon] = [await stage.enter(), await stage.enter()];
  const [minaName, joonName] = [newName('mina'), newName('joon')];
  await register(mina, minaName);
  await untilOnline(mina, 1);

  await register(joon, joonName);
  await line(mina, `${joonName} has joined the chat.`).waitFor();
  await untilOnline(mina, 2);
  const tab = await joon.newTab(stage.nodeUrl(2));
  await tab.goTo('/');
  await untilOnline(tab, 2);
  await joon.page.close();
  await say(tab, 'One of my tabs is closed.');
  await message(mina, 'One of my tabs is closed.', joonName).waitFor();
  await tab.page.close();

  await line(mina, `${joonName} has left the chat.`).waitFor();
  await untilOnline(mina, 1);
  // If the first tab's closing had been announced, the second line would have joined the first, above the messages.
  const lines = mina.page.getByText(`${joonName} has left the chat.`);
  await expect(lines.count()).resolves.toBe(1);
});

async function untilOnline(person: Person, count: number): Promise<void> {
  await waitFor(async () => (await onlineOf(person)) === count, {
    timeoutMs: 15_000,
    what: `${count} online`,
    everyMs: 100,
  });
}

test('a profile is changed by its owner, and others see the new name', async () => {
  const [mina, joon] = [await stage.enter(), await stage.enter()];
  await register(mina, newName('mina'));
  await register(joon, newName('joon'));

  await mina.goTo('/profile');
  await mina.page.getByLabel('Shown name').fill('Mina of the courtyard');
  await mina.page.getByRole('button', {name: 'Save'}).click();
  await mina.page.getByText('Saved.').waitFor();
  await mina.goTo('/');
  await say(mina, 'A new name');

  await message(joon, 'A new name', 'Mina of the courtyard').waitFor();
});

test('signing out ends it in all tabs, which say so', async () => {
  const mina = await stage.enter();
  await register(mina, newName('mina'));
  const tab = await mina.newTab(stage.nodeUrl(1));
  await tab.goTo('/');
  await isIn(tab);

  await signOut(mina);

  await tab.page.getByText('You signed out on another device.').waitFor();
  await tab.goTo('/profile');
  await tab.page.getByRole('heading', {name: 'Sign in'}).waitFor();
});

test('an unknown address is a page that says so, with its status', async () => {
  const visitor = await stage.enter();

  await expect(visitor.goTo('/nowhere/at/all')).resolves.toBe(404);

  await visitor.page.getByRole('heading', {name: 'There is nothing at this address'}).waitFor();
});

test('the texts are those of the browser language, and can be switched', async () => {
  const mina = await stage.enter({locale: 'ko-KR'});
  await mina.goTo('/');
  await expect(mina.page.locator('html').getAttribute('lang')).resolves.toBe('ko');

  await mina.page.getByRole('button', {name: 'English'}).click();

  await mina.page.getByRole('heading', {name: 'Come in.'}).waitFor();
  await mina.goTo('/');
  await mina.page.getByRole('heading', {name: 'Come in.'}).waitFor();
});

test('a guest comes in by one press, and is the same person in the same colour after a reload', async () => {
  const guest = await stage.enter();

  await enterAsGuest(guest);
  await guest.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  const before = await looksOf(guest);
  await guest.page.reload();
  await guest.page.getByRole('heading', {name: 'Lobby'}).waitFor();

  await expect(looksOf(guest)).resolves.toEqual(before);
  expect(before.color).toMatch(/^rgb/);
});

async function looksOf({page}: Person) {
  const account = page.getByRole('button', {name: /^Your account/});
  const color = await account
    .locator('[aria-hidden]')
    .first()
    .evaluate((disc) => getComputedStyle(disc).backgroundColor);
  return {name: await account.getAttribute('aria-label'), color};
}
