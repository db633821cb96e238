import {randomUUID} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createClient, type Client} from '@madang/client/client';
import {sdkAliases} from '@madang/processes/sdk-source-of';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {crowdedRates} from '@madang/testkit/crowded-rates';
import {waitFor} from '@madang/testkit/wait-for';
import {source as axe} from 'axe-core';
import {chromium, type Browser, type BrowserContextOptions, type Page} from 'playwright-core';
import {build} from 'vite';
import {afterAll, afterEach, beforeAll, expect, inject, test} from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the browser that services/web/e2e/global-setup.ts starts. */
    browserUrl: string;
  }
}

const pages = join(import.meta.dirname, 'pages');
const patience = {timeoutMs: 20_000};
let dir: string;
let cluster: ProcessCluster;
let browser: Browser;
let owner: Client;
/** Errors and warnings of the pages, including React's. */
const troubles: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'madang-react-'));
  // A gateway reads its files when it starts.
  await buildPages();
  const RATE_LIMITS = `${crowdedRates},sends=100000/1,send-bytes=100000000/1`;
  [cluster, browser] = await Promise.all([
    startCluster({gateways: 1, env: {WEB_DIR: dir, RATE_LIMITS}}),
    chromium.connect(inject('browserUrl')),
  ]);
  owner = createClient({url: cluster.gateways[0]!.url});
  await owner.guest({displayName: 'Owner'});
  await owner.connect();
});
afterEach(() => {
  expect(troubles.splice(0)).toEqual([]);
});
afterAll(async () => {
  owner.close();
  await browser.close();
  await cluster.stop();
  await rm(dir, {recursive: true});
});

/**
 * Serves pages with React's development build, which warns, and in which StrictMode runs effects twice. The README's
 * program is the first page.
 */
async function buildPages(): Promise<void> {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
  const program = /```tsx\n([\s\S]*?)```/
    .exec(readme)![1]!
    .replace("'http://127.0.0.1:8080'", 'location.origin');
  const isReadme = (id: string) => id.endsWith('/readme.tsx');
  await build({
    root: pages,
    mode: 'development',
    logLevel: 'error',
    configFile: false,
    define: {'process.env.NODE_ENV': '"development"'},
    resolve: {alias: sdkAliases},
    plugins: [
      {
        name: 'readme',
        enforce: 'pre',
        resolveId: (id) => (isReadme(id) ? join(pages, 'readme.tsx') : undefined),
        load: (id) => (isReadme(id) ? program : undefined),
      },
    ],
    build: {
      outDir: dir,
      emptyOutDir: true,
      target: 'esnext',
      assetsInlineLimit: 0,
      minify: false,
      rolldownOptions: {input: [join(pages, 'index.html'), join(pages, 'flood.html')]},
    },
  });
}

async function openPage(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({locale: 'en-US', ...options});
  context.setDefaultTimeout(patience.timeoutMs);
  const page = await context.newPage();
  page.on('pageerror', (error) => troubles.push(String(error.stack)));
  page.on('console', (message) => {
    const isNetwork = /^Failed to load resource|Cross-Origin-Opener-Policy|React DevTools/.test(
      message.text(),
    );
    if (['error', 'warning'].includes(message.type()) && !isNetwork) troubles.push(message.text());
  });
  await page.goto(`${cluster.gateways[0]!.url}${path}`);
  return page;
}

const createRoom = async (title: string) =>
  (await owner.call('room:create', {title, ephemeral: false})).room.id;

test("README's page shows a conversation to read, write in and hear by keyboard and screen reader", async () => {
  const roomId = await createRoom('Courtyard');
  await owner.send(roomId, 'Before you came');
  const page = await openPage(`/?room=${roomId}`);
  const log = page.getByRole('log', {name: 'Messages in Courtyard'});
  await log.getByText('Before you came').waitFor();
  const heard = owner.once('room:typing');

  await page.getByLabel('Message', {exact: true}).pressSequentially('Hello');
  await heard;
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('from the page');
  await page.keyboard.press('Enter');
  await log.getByText('Hello\nfrom the page').waitFor();
  const stored = () => owner.rooms.get(roomId)!.timeline.messages.at(-1);
  await waitFor(() => stored()?.text === 'Hello\nfrom the page', {...patience, what: 'the message'});
  await owner.call('typing:set', {roomId, typing: true});
  await page.getByText('Owner writing…').waitFor();
  await owner.send(roomId, 'And a word to you');
  await log.getByText('And a word to you').waitFor();
  await page.getByText('online, 0 unread').waitFor();

  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const {axe: run} = globalThis as unknown as {axe: {run(): Promise<{violations: {id: string}[]}>}};
    return (await run.run()).violations.map(({id}) => id);
  });
  // The README's page surrounds the conversation.
  expect(found.filter((id) => !['page-has-heading-one', 'landmark-one-main', 'region'].includes(id))).toEqual(
    [],
  );
  await page.context().close();
});

test('the Enter that ends a syllable sends nothing, also where it comes behind the composition, as in Safari', async () => {
  const roomId = await createRoom('Hangul');
  const page = await openPage(`/?room=${roomId}`);
  const field = page.getByLabel('Message', {exact: true});
  await field.fill('안녕');

  await field.evaluate((element) =>
    element.dispatchEvent(
      new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}),
    ),
  );
  await expect(field.inputValue()).resolves.toBe('안녕');
  await field.press('Enter');
  await page.getByRole('log').getByText('안녕').waitFor();
  await page.context().close();
});

test('somebody who is muted is told so, and writes once that is over', async () => {
  const roomId = await createRoom('Quiet');
  const page = await openPage(`/?room=${roomId}`);
  await page.getByRole('log').waitFor();
  const {members} = await owner.call('room:members', {roomId});
  const {user} = members.find(({role}) => role === 'member')!;
  const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();

  await owner.call('member:update', {roomId, userId: user.id, mutedUntil});
  await page.getByText('You cannot write in this room now.').waitFor();
  await expect(page.getByLabel('Message', {exact: true}).isEditable()).resolves.toBe(false);
  const soon = new Date(Date.now() + 2_000).toISOString();
  await owner.call('member:update', {roomId, userId: user.id, mutedUntil: soon});

  await page.getByLabel('Message', {exact: true}).fill('May I?');
  await page.getByRole('button', {name: 'Send'}).click();
  await page.getByRole('log').getByText('May I?').waitFor();
  await page.context().close();
});

type Drawn = {frame: number; commits: number[]; newest: number};
const drawnOn = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as {drawn: Drawn}).drawn) as Promise<Drawn>;

test('ten thousand messages are drawn at most once a frame under StrictMode, without a warning', async () => {
  const total = 10_000;
  const roomId = await createRoom('Flood');
  const page = await openPage(`/flood.html?room=${roomId}`);
  await page.locator('output').waitFor({state: 'attached'});
  const before = (await drawnOn(page)).commits.length;

  await flood(roomId, total);
  const head = owner.rooms.get(roomId)!.timeline;
  await waitFor(() => head.messages.at(-1)?.text === `message ${total}` || head.cursor.rev >= total, {
    ...patience,
    what: 'all to be sent',
  });
  await waitFor(async () => (await drawnOn(page)).newest >= total, {...patience, what: 'all to be drawn'});

  const {commits} = await drawnOn(page);
  const perFrame = new Map<number, number>();
  for (const frame of commits.slice(before)) perFrame.set(frame, (perFrame.get(frame) ?? 0) + 1);
  expect(Math.max(...perFrame.values())).toBe(1);
  expect(perFrame.size).toBeLessThan(total);
  await page.context().close();
}, 180_000);

/** Sends this many messages, some at a time. */
async function flood(roomId: string, total: number): Promise<void> {
  let no = 0;
  const sendOn = async () => {
    while (no < total) {
      no += 1;
      const message = {roomId, clientId: randomUUID(), text: `message ${no}`};
      for (;;) {
        const sent = await owner.call('message:send', message).then(
          () => true,
          () => false,
        );
        if (sent) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await Promise.all(Array.from({length: 50}, sendOn));
}
