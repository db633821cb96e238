import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Locator} from 'playwright-core';
import {conversation, message, say} from './conversation.ts';
import {callAs, comeIn, newName} from './entry.ts';
import {isInRoom} from './lobby.ts';
import type {Person} from './person.ts';
import {openProduct} from './product.ts';
import {Stage} from './stage.ts';

const name = 'שרה לוי';
const title = 'חדר של שרה (1)';
const words = 'שלום, mina! מה שלומך?';

let stage: Stage;
let sara: Person;
let mina: Person;
let path: string;
beforeAll(async () => {
  stage = await Stage.open();
  [sara, mina] = [await stage.enter(), await stage.enter()];
  await comeIn(sara, newName('sara'));
  await comeIn(mina, newName('mina'));
  await callAs(sara, 'PATCH', '/me', {displayName: name});
  const wish = {title, ephemeral: false, clientId: crypto.randomUUID()};
  const {room} = await callAs<{room: {id: string}}>(sara, 'POST', '/rooms', wish);
  path = `/rooms/${room.id}`;
  await sara.goTo(path);
  await mina.goTo(path);
  await isInRoom(mina, title);
  await say(sara, words);
  await message(mina, words).waitFor();
});
afterAll(() => stage.close());

/** Returns the direction in which the text is shown, and whether it leaves that of its surroundings unchanged. */
function directionOf(locator: Locator): Promise<{direction: string; isApart: boolean}> {
  return locator.first().evaluate((element) => {
    const apart = element.closest('bdi, [dir=auto]');
    const {direction} = getComputedStyle(apart ?? element);
    return {direction, isApart: apart !== null && apart.textContent === element.textContent};
  });
}

const own = {direction: 'rtl', isApart: true};

test('what is said, the name above it, and the title of the room have a direction of their own', async () => {
  const said = conversation(mina).getByRole('article').filter({hasText: 'שלומך'});
  await expect(directionOf(said.getByText('שלומך'))).resolves.toEqual(own);
  await expect(directionOf(said.getByRole('button', {name}).getByText(name))).resolves.toEqual(own);
  await expect(directionOf(mina.page.getByRole('heading', {level: 1}).getByText(title))).resolves.toEqual(
    own,
  );
  await expect(directionOf(mina.page.getByRole('navigation').getByText(title))).resolves.toEqual(own);
  await expect(directionOf(mina.page.getByRole('complementary').getByText(name))).resolves.toEqual(own);
});

test('so do a quote, what is written, and the lobby', async () => {
  const {page} = mina;
  await message(mina, words).hover();
  await message(mina, words).getByRole('button', {name: 'Reply', exact: true}).first().click();
  await expect(directionOf(page.locator('form').getByText(words))).resolves.toEqual(own);
  const field = page.getByRole('textbox', {name: 'Message', exact: true});
  await field.fill('טוב');
  await expect(field.evaluate((box) => box.matches(':dir(rtl)'))).resolves.toBe(true);
  await field.press('Enter');
  await expect(directionOf(message(mina, 'טוב').getByRole('button').getByText(words))).resolves.toEqual(own);

  await mina.goTo('/lobby');
  await expect(directionOf(page.getByRole('main').getByText(title))).resolves.toEqual(own);
  await expect(directionOf(page.getByRole('main').getByText(name))).resolves.toEqual(own);
  await page.getByRole('button', {name: 'Create room'}).click();
  await page.getByLabel('Title').fill('חדר');
  await expect(page.getByLabel('Title').evaluate((box) => box.matches(':dir(rtl)'))).resolves.toBe(true);
});

test('so does what a product tells, and a name in the middle of a sentence', async () => {
  const {page} = mina;
  const product = await openProduct(stage.cluster);
  const {user} = await callAs<{user: {id: string}}>(mina, 'GET', '/me');
  await product.notify(stage.nodeUrl(0), user.id, {title: 'הזמנה', text: 'ההזמנה שלך בדרך'});
  const toast = page.getByRole('region', {name: 'Notifications'});
  await toast.getByText('הזמנה').first().waitFor();
  await expect(directionOf(toast.getByText('הזמנה'))).resolves.toEqual(own);
  await expect(directionOf(toast.getByText('ההזמנה שלך בדרך'))).resolves.toEqual(own);

  await mina.goTo(path);
  await message(mina, words).waitFor();
  await sara.page.getByRole('textbox', {name: 'Message', exact: true}).pressSequentially('ab');
  await page.getByText(`\u2068${name}\u2069 is typing…`).waitFor();
  await expect(page.title()).resolves.toContain(`\u2068${title}\u2069`);
});

test('each line has the direction of its own letters', async () => {
  await say(sara, 'שלום לך\nhello to you');
  const text = message(mina, 'שלום לך').locator('[dir=auto]').first();
  await text.waitFor();

  await expect(text.evaluate((element) => getComputedStyle(element).unicodeBidi)).resolves.toBe('plaintext');
});
