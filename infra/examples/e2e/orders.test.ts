// The product's flow as people see it: three browsers on each side over three nodes, one of which is stopped.
import {waitFor} from '@madang/testkit/wait-for';
import {chromium, type Browser, type BrowserContext, type Page} from 'playwright-core';
import {afterAll, beforeAll, expect, inject, test} from 'vitest';
import {openCounter, type Counter} from '../src/counter.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the browser that services/web/e2e/global-setup.ts starts. */
    browserUrl: string;
  }
}

let counter: Counter;
let browser: Browser;
const contexts: BrowserContext[] = [];
const troubles: string[] = [];

beforeAll(async () => {
  [counter, browser] = await Promise.all([openCounter(), chromium.connect(inject('browserUrl'))]);
  await counter.openDesk();
});
afterAll(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  await browser.close();
  await counter.stop();
});

const placed = '주문이 들어왔습니다.';
const accepted = '주문이 승인되었습니다.';
const toasts = (page: Page) => page.locator('.toast');
const unread = (page: Page) => page.locator('#unread');
const isOnline = (page: Page) => page.locator('body[data-node^="gateway-"]').waitFor({state: 'attached'});

/** A separate browser in which somebody is at the desk. */
async function enter(role: 'customer' | 'shop', name: string): Promise<Page> {
  const context = await browser.newContext({locale: 'ko-KR', reducedMotion: 'reduce'});
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => troubles.push(String(error.stack)));
  await page.goto(counter.url);
  await page.getByLabel('이름').fill(name);
  await page.getByLabel('비밀번호').fill('correct horse battery');
  await page.getByRole('button', {name: role === 'shop' ? '가게' : '손님'}).click();
  await isOnline(page);
  return page;
}

async function onDevices(role: 'customer' | 'shop', name: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let no = 0; no < 3; no += 1) pages.push(await enter(role, name));
  return pages;
}

test('an order and its acceptance are a toast on every device, and what is read on one goes on all', async () => {
  const shop = await onDevices('shop', '빵집');
  const customer = await onDevices('customer', '민아');
  const rival = await enter('shop', '찻집');
  const nodes = await Promise.all(
    [...shop, ...customer].map((page) => page.locator('body').getAttribute('data-node')),
  );
  expect(new Set(nodes).size).toBe(3);
  await shop[2]!.context().setOffline(true);
  await shop[2]!.goto('about:blank');
  await customer[2]!.goto('about:blank');

  await customer[0]!.getByLabel('가게').selectOption({label: '빵집'});
  await customer[0]!.getByLabel('무엇을 주문할까요?').fill('단팥빵');
  await customer[0]!.getByRole('button', {name: '주문하기'}).click();
  for (const page of shop.slice(0, 2)) await toasts(page).getByText(placed).waitFor();
  await shop[1]!.getByRole('button', {name: '승인하기'}).click();
  for (const page of customer.slice(0, 2)) await toasts(page).getByText(accepted).waitFor();

  await shop[2]!.context().setOffline(false);
  await shop[2]!.goto(counter.url);
  await customer[2]!.goto(counter.url);
  await toasts(shop[2]!).getByText(placed).waitFor();
  await toasts(customer[2]!).getByText(accepted).waitFor();
  for (const page of [...shop, ...customer]) {
    expect([await toasts(page).count(), await unread(page).textContent()]).toEqual([1, '1']);
    expect(new URL(page.url()).hash).toBe('');
    await page.locator('li[data-state="accepted"]').waitFor();
  }
  expect([await toasts(rival).count(), await unread(rival).textContent()]).toEqual([0, '0']);

  await toasts(shop[0]!).getByRole('link', {name: '주문 보기'}).click();
  for (const page of shop)
    await waitFor(async () => (await toasts(page).count()) === 0, {
      timeoutMs: 10_000,
      what: 'the toast to go',
    });
  expect(new URL(shop[0]!.url()).hash).toMatch(/^#order-/);
  for (const page of shop.slice(1)) expect(new URL(page.url()).hash).toBe('');
  for (const page of customer) expect(await toasts(page).count()).toBe(1);
  expect(troubles).toEqual([]);
});
