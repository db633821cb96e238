import {afterAll, beforeAll, expect, test} from 'vitest';
import {comeIn, newName, signOut} from './entry.ts';
import {isInRoom} from './lobby.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let mina: Person;
/** At the same address, because a browser's storage belongs to an address. */
let tab: Person;
beforeAll(async () => {
  stage = await Stage.open();
  mina = await stage.enter();
  await comeIn(mina, newName('mina'));
  tab = await mina.newTab();
  await tab.goTo('/');
  await isInRoom(tab, 'general');
});
afterAll(() => stage.close());

/** Brings the tab to the front, because a browser hardly draws background tabs, and a menu closes only once it is drawn. */
async function choose({page}: Person, name: string): Promise<void> {
  await page.bringToFront();
  await page.getByRole('button', {name: /^(?:Your account|내 계정)/}).click();
  await page.getByRole('menuitemradio', {name}).click();
  await page.getByRole('menu').waitFor({state: 'detached'});
}

const attributeOf =
  ({page}: Person, name: string) =>
  () =>
    page.locator('html').getAttribute(name);

test('the theme follows to the other tabs', async () => {
  await choose(mina, 'Dark');
  await expect.poll(attributeOf(tab, 'data-theme'), {timeout: 10_000}).toBe('dark');

  await tab.page.bringToFront();
  await tab.page.getByRole('button', {name: /^Your account/}).click();
  const dark = tab.page.getByRole('menuitemradio', {name: 'Dark'});
  await expect(dark.getAttribute('aria-checked')).resolves.toBe('true');
  await tab.page.keyboard.press('Escape');
});

test('so does the language', async () => {
  await choose(mina, '한국어');
  await expect.poll(attributeOf(tab, 'lang'), {timeout: 10_000}).toBe('ko');
  await choose(mina, 'English');
  await expect.poll(attributeOf(tab, 'lang'), {timeout: 10_000}).toBe('en');
});

test('signing out in one says so in the others', async () => {
  await signOut(mina);

  await tab.page.getByText('You signed out in another tab.').waitFor();
});
