import {randomUUID} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {administer} from '@madang/testkit/database';
import {registerAccount, request} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {conversation, message} from './conversation.ts';
import {newName} from './entry.ts';
import {openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

const MAX_SCRIPT_BYTES = 170 * 1024;
/** The room of v0.1.0 had 20 KiB of its own. */
const MAX_ROOM_BYTES = (20 + 45) * 1024;
const MAX_PART_BYTES = 45 * 1024;
const MAX_ROWS = 200;
const MAX_DRIFT_PX = 2;
const HISTORY = 10_000;

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

test('the first page needs at most 170 KiB of script', async () => {
  const visitor = await stage.enter();
  const scripts: Promise<Buffer>[] = [];
  visitor.page.on('response', (answer) => {
    if (answer.request().resourceType() === 'script') scripts.push(answer.body());
  });

  await visitor.goTo('/');
  await visitor.page.getByRole('button', {name: 'Enter as a guest'}).waitFor();

  const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
});

test('a room adds at most 65 KiB, and no other part is larger than 45 KiB', () => {
  const page = scriptsFrom('index');
  const room = [...scriptsFrom('room-page')].filter((script) => !page.has(script));
  const roomBytes = room.reduce((sum, script) => sum + bytesOf(script), 0);
  const parts = builtScripts().filter((script) => !page.has(script) && !room.includes(script));

  expect(roomBytes).toBeLessThanOrEqual(MAX_ROOM_BYTES);
  expect(parts.filter((script) => bytesOf(script) > MAX_PART_BYTES)).toEqual([]);
});

const assets = fileURLToPath(new URL('../dist/assets/', import.meta.url));

function builtScripts(): string[] {
  return readdirSync(assets).filter((name) => name.endsWith('.js'));
}

function bytesOf(script: string): number {
  return gzipSync(readFileSync(assets + script)).length;
}

/** Returns the script of this name and all that it imports before it runs. */
function scriptsFrom(name: string): Set<string> {
  const first = builtScripts().find((script) => script.startsWith(`${name}-`));
  if (first === undefined) throw new Error(`the build has no ${name}`);
  const found = new Set([first]);
  for (const script of found)
    for (const [, next] of readFileSync(assets + script, 'utf8').matchAll(
      /(?:from|import)\s*["'`]\.\/([\w-]+\.js)["'`]/g,
    ))
      found.add(next!);
  return found;
}

test('a room of 10,000 messages keeps few rows in the page, and what one reads stays where it is', async () => {
  const {mina} = people;
  const url = stage.nodeUrl(2);
  const {cookie} = await registerAccount(url);
  const room = {title: newName('Long'), ephemeral: false, clientId: randomUUID()};
  const {body} = await request<{room: {id: string}}>(url, 'POST', '/rooms', {cookie, body: room});
  await writeHistory(body.room.id);
  await mina.goTo(`/rooms/${body.room.id}`);
  await message(mina, `number ${HISTORY}`).waitFor();
  await waitFor(() => isAtRest(mina), {timeoutMs: 10_000, what: 'the end', everyMs: 300});

  let seen = HISTORY;
  for (let page = 0; page < 10; page += 1) {
    const {first} = await scrollAndWatch(mina, -1_500);
    expect(first).toBeLessThan(seen);
    seen = first;
  }
  expect(seen).toBeLessThan(HISTORY - 100);
  for (let page = 0; page < 5; page += 1) {
    const {first} = await scrollAndWatch(mina, 1_500);
    expect(first).toBeGreaterThan(seen);
    seen = first;
  }
  await mina.page.getByRole('button', {name: 'To the newest message'}).click();
  await waitFor(() => isAtRest(mina), {timeoutMs: 10_000, what: 'the end again', everyMs: 300});
  await message(mina, `number ${HISTORY}`).waitFor();
});

/** Whether nothing moves and the newest message is in view. */
function isAtRest(person: Person): Promise<boolean> {
  return conversation(person).evaluate(async (log) => {
    const before = log.scrollHeight;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return log.scrollHeight === before && log.scrollTop + log.clientHeight >= log.scrollHeight - 2;
  });
}

/** Messages of many heights, which are written to the database directly. */
async function writeHistory(roomId: string): Promise<void> {
  const {databaseUrl} = stage.cluster;
  await administer(
    databaseUrl,
    `insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, created_at)
     select r.id, r.head + n, r.head + n, u.id,
       jsonb_build_object('id', u.id, 'name', u.name, 'color', u.color), gen_random_uuid(),
       'number ' || n || '.' || repeat(' and more of it', (n * 7919 % 23)::int), now() - make_interval(secs => ${HISTORY} - n)
     from rooms r join users u on u.id = r.owner_id, generate_series(1, ${HISTORY}) n where r.id = '${roomId}'`,
  );
  await administer(databaseUrl, `update rooms set head = head + ${HISTORY} where id = '${roomId}'`);
}

/**
 * Scrolls, and watches the first message in view for a while, during which pages are fetched and rows are added and
 * removed. The message must stay in the page, where the scroll has put it. Returns its number.
 */
async function scrollAndWatch(person: Person, px: number): Promise<{first: number}> {
  const {rows, drift, text} = await conversation(person).evaluate(async (log, byPx) => {
    // Reads what is painted: the message event comes after the frame.
    const frame = () =>
      new Promise<void>((resolve) =>
        requestAnimationFrame(() => {
          const {port1, port2} = new MessageChannel();
          port1.addEventListener('message', () => resolve(), {once: true});
          port1.start();
          port2.postMessage(undefined);
        }),
      );
    const topOf = (row: Element) => row.getBoundingClientRect().top - log.getBoundingClientRect().top;
    log.scrollTop += byPx;
    const anchor = [...log.querySelectorAll('article')].find((row) => topOf(row) >= 0)!;
    const before = topOf(anchor);
    let [drift, rows] = [0, 0];
    const until = performance.now() + 700;
    while (performance.now() < until) {
      await frame();
      drift = Math.max(drift, anchor.isConnected ? Math.abs(topOf(anchor) - before) : Infinity);
      rows = Math.max(rows, log.querySelectorAll('article').length);
    }
    return {rows, drift, text: anchor.textContent ?? ''};
  }, px);
  expect(rows).toBeLessThanOrEqual(MAX_ROWS);
  expect(drift).toBeLessThanOrEqual(MAX_DRIFT_PX);
  return {first: Number(/number (\d+)/.exec(text)?.[1])};
}

test('a tab has one socket, however fast one goes from page to page', async () => {
  const {mina, roomId} = {...people, ...(await meetInRoom(people))};
  await waitFor(async () => (await stage.connectionsAt(0)) === 1, {timeoutMs: 10_000, what: 'only one tab'});
  for (let round = 0; round < 5; round += 1) {
    await openLobby(mina);
    await mina.page.goBack();
    await mina.page.goForward();
    await mina.page.goBack();
  }
  await conversation(mina).waitFor();
  const tab = await mina.newTab();
  await tab.goTo(`/rooms/${roomId}`);
  await conversation(tab).waitFor();

  await waitFor(async () => (await stage.connectionsAt(0)) === 2, {
    timeoutMs: 10_000,
    what: 'one for each tab',
  });
  expect(tab.sockets).toHaveLength(1);
});
