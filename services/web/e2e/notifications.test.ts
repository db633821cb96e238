import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {callAs, comeIn, newName, PASSWORD} from './entry.ts';
import {openLobby} from './lobby.ts';
import type {Person} from './person.ts';
import {openProduct, type Product} from './product.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let product: Product;
/** Two devices of one person, on different nodes, and another person on the third. */
let mina: Person;
let phone: Person;
let other: Person;
let minaId: string;
beforeAll(async () => {
  stage = await Stage.open();
  product = await openProduct(stage.cluster);
  other = await stage.enter();
  await comeIn(other, newName('joon'));
});
beforeEach(async () => {
  [mina, phone] = [await stage.enter({at: stage.nodeUrl(1)}), await stage.enter({at: stage.nodeUrl(2)})];
  const username = newName('mina');
  await comeIn(mina, username, '/profile');
  const {user} = await callAs<{user: {id: string}}>(phone, 'POST', '/auth/login', {
    username,
    password: PASSWORD,
  });
  minaId = user.id;
  await phone.goTo('/lobby');
  await openLobby(phone);
});
afterAll(() => stage.close());

const bell = ({page}: Person, unread = 0) =>
  page.getByRole('button', {
    name: unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`,
    exact: true,
  });
const list = ({page}: Person) => page.getByRole('dialog', {name: 'Notifications'});
const toast = ({page}: Person, title: string) =>
  page.getByRole('region', {name: 'Notifications'}).getByRole('dialog', {name: title});

/** Waits until the list has come from the server, so that later notifications are new. */
async function isLoaded(person: Person): Promise<void> {
  await bell(person).click();
  await list(person).getByText('Nothing yet').waitFor();
  await person.page.keyboard.press('Escape');
  await list(person).waitFor({state: 'detached'});
}

test('what a product tells is a toast and a count on each device, whatever page it shows; seen on one it is read on all', async () => {
  await Promise.all([mina, phone, other].map(isLoaded));
  expect(new Set([mina, phone, other].map(({node}) => node)).size).toBe(3);
  const paths = [mina, phone].map(({page}) => page.url());

  await product.notify(stage.nodeUrl(0), minaId, {
    title: 'Order accepted',
    text: 'Ready at four.',
    link: '/rooms',
  });

  for (const device of [mina, phone]) {
    await toast(device, 'Order accepted').getByText('Ready at four.').waitFor();
    await bell(device, 1).waitFor();
  }
  expect([mina, phone].map(({page}) => page.url())).toEqual(paths);
  await expect(violationsIn(phone)).resolves.toEqual([]);
  await bell(mina, 1).click();
  await list(mina).getByRole('listitem').filter({hasText: 'Order accepted'}).getByText('New').waitFor();
  for (const device of [mina, phone]) {
    await toast(device, 'Order accepted').waitFor({state: 'detached'});
    await bell(device).waitFor();
  }
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await expect(bell(other).count()).resolves.toBe(1);
  await expect(toast(other, 'Order accepted').count()).resolves.toBe(0);
});

test('a press on a toast leads where it says, and is the only thing that does', async () => {
  await Promise.all([mina, phone].map(isLoaded));
  await product.notify(stage.nodeUrl(0), minaId, {text: 'Your table is laid', link: '/lobby'});
  await product.notify(stage.nodeUrl(0), minaId, {text: 'Nowhere to go', link: 'javascript:alert(1)'});
  await toast(mina, 'Nowhere to go').waitFor();
  await expect(toast(mina, 'Nowhere to go').getByRole('link').count()).resolves.toBe(0);
  await toast(mina, 'Nowhere to go').getByRole('button', {name: 'Close'}).click();
  await toast(mina, 'Nowhere to go').waitFor({state: 'detached'});
  expect(new URL(mina.page.url()).pathname).toBe('/profile');

  await toast(mina, 'Your table is laid').getByRole('link', {name: 'Open'}).click();

  await mina.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  await toast(phone, 'Your table is laid').waitFor({state: 'detached'});
  // A notification whose toast was only dismissed stays unread.
  for (const device of [mina, phone]) await bell(device, 1).waitFor();
});

test('in Korean, bell, list and toasts speak Korean', async () => {
  const minho = await stage.enter({at: stage.nodeUrl(0), locale: 'ko-KR'});
  await comeIn(minho, newName('minho'), '/lobby');
  const {page} = minho;
  const {user} = await callAs<{user: {id: string}}>(minho, 'GET', '/me');
  await page.getByRole('button', {name: '알림', exact: true}).click();
  const opened = page.getByRole('dialog', {name: '알림', exact: true});
  await opened.getByText('아직 알림이 없어요').waitFor();
  await opened.getByText('새 소식이 오면 모든 기기에 알려 드려요.').waitFor();
  await page.keyboard.press('Escape');
  await opened.waitFor({state: 'detached'});

  await product.notify(stage.nodeUrl(1), user.id, {title: '주문을 받았어요', link: '/lobby'});
  const corner = page.getByRole('region', {name: '알림', exact: true});
  const popped = corner.getByRole('dialog', {name: '주문을 받았어요'});
  await popped.getByRole('link', {name: '열기'}).waitFor();
  await popped.getByRole('button', {name: '닫기'}).click();
  await popped.waitFor({state: 'detached'});
  await page.getByRole('button', {name: '알림, 안 읽은 것 1개', exact: true}).click();

  await opened.getByRole('listitem').filter({hasText: '주문을 받았어요'}).getByText('새 알림').waitFor();
  await page.getByRole('button', {name: '알림', exact: true}).waitFor();
});

test('someone who was away finds it all in the list, newest first, and reaches the oldest by the keyboard alone', async () => {
  await isLoaded(mina);
  await phone.page.goto('about:blank');
  const told = Array.from({length: 60}, (_, no) => no);
  for (const no of told) await product.notify(stage.nodeUrl(no), minaId, {title: `Order ${no} came`});
  await phone.goTo('/lobby');
  await bell(phone, 60).waitFor();
  await expect(toast(phone, 'Order 59 came').count()).resolves.toBe(0);

  await bell(phone, 60).focus();
  await phone.page.keyboard.press('Enter');
  await list(phone).getByText('Order 59 came', {exact: true}).waitFor();
  const older = list(phone).getByRole('button', {name: 'Show older ones'});
  await list(phone).locator(':focus').waitFor({state: 'attached'});
  await phone.page.keyboard.press('Tab');
  await expect(hasFocus(older)).resolves.toBe(true);
  await phone.page.keyboard.press('Enter');
  await list(phone).getByText('Order 0 came', {exact: true}).waitFor();

  const titles = await list(phone).getByRole('listitem').allTextContents();
  expect(titles.map((text) => Number(/Order (\d+) came/.exec(text)?.[1]))).toEqual(told.toReversed());
  await phone.page.keyboard.press('Escape');
  await list(phone).waitFor({state: 'detached'});
  await expect(hasFocus(bell(phone))).resolves.toBe(true);
});

function hasFocus(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element === document.activeElement);
}
