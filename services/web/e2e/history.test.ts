import {randomUUID} from 'node:crypto';
import {administer} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, conversation, message, say} from './conversation.ts';
import {callAs, newName} from './entry.ts';
import {twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

const patience = {timeout: 30_000};
const long = {timeoutMs: 30_000};

let stage: Stage;
let people: Two;
let roomId: string;
/** The number of the message of line 0. */
let firstSeq: number;
beforeAll(async () => {
  stage = await Stage.open({gateways: 2});
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  const {mina, joon} = people;
  const wish = {title: newName('Long'), ephemeral: false, clientId: randomUUID()};
  const {room} = await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', wish);
  roomId = room.id;
  await callAs(joon, 'POST', `/rooms/${roomId}/join`, {});
  await writeHistory();
  await joon.goTo(`/rooms/${roomId}`);
  await message(joon, 'line 299.').waitFor(patience);
});
afterAll(() => stage.close());

/** 300 lines, which are written to the database directly. */
async function writeHistory(): Promise<void> {
  const {databaseUrl} = stage.cluster;
  await administer(
    databaseUrl,
    `insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, created_at)
     select r.id, r.head + n, r.head + n, u.id,
       jsonb_build_object('id', u.id, 'name', u.name, 'color', u.color), gen_random_uuid(),
       'line ' || n - 1 || '.', now() - make_interval(secs => 300 - n)
     from rooms r join users u on u.id = r.owner_id, generate_series(1, 300) n where r.id = '${roomId}'`,
  );
  await administer(databaseUrl, `update rooms set head = head + 300 where id = '${roomId}'`);
  const page = await callAs<{messages: {seq: number}[]}>(
    people.mina,
    'GET',
    `/rooms/${roomId}/messages?limit=1`,
  );
  firstSeq = page.messages[0]!.seq - 299;
  // The room opens at its end.
  await callAs(people.joon, 'POST', `/rooms/${roomId}/read`, {seq: firstSeq + 299});
}

/** Mina says something, wherever she is. */
async function minaSays(text: string, more: object = {}): Promise<void> {
  await callAs(people.mina, 'POST', `/rooms/${roomId}/messages`, {clientId: randomUUID(), text, ...more});
}

/** Follows a link in the room to a line, as one reads it. */
async function follow({joon}: Two, line: number): Promise<void> {
  await minaSays(`see ${joon.url}/rooms/${roomId}/${firstSeq + line}`);
  await conversation(joon).getByRole('link').last().click();
  await waitFor(() => isInView(message(joon, `line ${line}.`)), {...long, what: `line ${line}`});
}

async function isInView(locator: Locator): Promise<boolean> {
  if ((await locator.count()) !== 1) return false;
  return locator.evaluate((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

const newest = ({page}: Person) => page.getByRole('button', {name: 'Jump to newest'});
const pathOf = ({page}: Person) => new URL(page.url()).pathname;

/** Returns the number of the line that begins at the top of the view. */
const topLine = (person: Person): Promise<number> =>
  conversation(person).evaluate((log) => {
    const {top} = log.getBoundingClientRect();
    const first = [...log.querySelectorAll('article')].find((row) => row.getBoundingClientRect().top >= top);
    return Number(/line (\d+)/.exec(first?.textContent ?? '')?.[1]);
  });

test('a link to an old message of 300 opens the room around it, highlighted and with the focus, and leads back', async () => {
  const {joon} = people;
  await follow(people, 40);

  await expect
    .poll(() => joon.page.evaluate(() => document.activeElement?.textContent), patience)
    .toContain('line 40.');
  await expect(conversation(joon).getByRole('article').count()).resolves.toBeLessThan(130);
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await joon.page.keyboard.press('ArrowDown');
  await expect
    .poll(() => joon.page.evaluate(() => document.activeElement?.textContent), patience)
    .toContain('line 41.');
  await newest(joon).click();

  await waitFor(() => isInView(message(joon, 'see ')), {...long, what: 'the newest message'});
  await newest(joon).waitFor({state: 'detached'});
  expect(pathOf(joon)).toBe(`/rooms/${roomId}`);
});

test('the highlight shows where one was led, also at an address that is opened afresh', async () => {
  const {joon} = people;
  const marked = conversation(joon).locator('[data-marked]').filter({hasText: 'line 12.'});
  const seen = marked.waitFor(patience);
  await joon.goTo(`/rooms/${roomId}/${firstSeq + 12}`);

  await seen;
  await waitFor(() => isInView(message(joon, 'line 12.')), {...long, what: 'the message'});
  await marked.waitFor({state: 'detached'});
});

test('paging up and down from an old message misses nothing, and reaching the newest attaches without a jump', async () => {
  const {joon} = people;
  await follow(people, 100);
  const seen = new Set<number>();
  const look = async () => {
    for (const text of await conversation(joon).getByRole('article').allTextContents()) {
      const no = /line (\d+)/.exec(text)?.[1];
      if (no !== undefined) seen.add(Number(no));
    }
  };
  await conversation(joon).hover();
  await waitFor(
    async () => {
      await joon.page.mouse.wheel(0, -700);
      await look();
      return seen.has(0);
    },
    {timeoutMs: 60_000, what: 'the beginning'},
  );
  await joon.page.getByText('This is where it began.').waitFor();
  await minaSays('said meanwhile');
  let before = -1;
  await waitFor(
    async () => {
      await look();
      const at = await topLine(joon);
      // Attaching moves nobody back.
      expect(at).toBeGreaterThanOrEqual(before);
      before = at;
      if ((await newest(joon).count()) === 0) return true;
      await joon.page.mouse.wheel(0, 600);
      return false;
    },
    {timeoutMs: 90_000, what: 'the newest messages'},
  );
  await waitFor(
    async () => {
      await joon.page.mouse.wheel(0, 700);
      await look();
      return isInView(message(joon, 'said meanwhile'));
    },
    {timeoutMs: 30_000, what: 'the end'},
  );

  expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({length: 300}, (_, no) => no));
  await minaSays('and on');
  await waitFor(() => isInView(message(joon, 'and on')), {...long, what: 'what comes now'});
});

test('new messages stay out of an old part, while edits, deletions and reactions show in it', async () => {
  const {mina, joon} = people;
  await follow(people, 30);
  const pathOfLine = (line: number) => `/rooms/${roomId}/messages/${firstSeq + line}`;

  await minaSays('something new');
  await callAs(mina, 'PATCH', pathOfLine(30), {text: 'line thirty, as edited'});
  await callAs(mina, 'PUT', `${pathOfLine(31)}/reactions`, {emoji: '🎉', on: true});
  await callAs(mina, 'DELETE', pathOfLine(32));

  await message(joon, 'line thirty, as edited').waitFor(patience);
  await message(joon, 'line 31.').getByRole('button', {name: /^🎉 1/}).waitFor(patience);
  await message(joon, 'line 32.').waitFor({state: 'detached', ...patience});
  await expect(message(joon, 'something new').count()).resolves.toBe(0);
  await message(joon, 'line 31.').getByRole('button', {name: /^🎉 1/}).click();
  await message(joon, 'line 31.').getByRole('button', {name: /^🎉 2/, pressed: true}).waitFor(patience);
  await newest(joon).click();
  await message(joon, 'something new').waitFor(patience);
});

test('Back from an old message leads to where one was', async () => {
  const {joon} = people;
  await follow(people, 20);
  await joon.page.goBack();
  await waitFor(() => isInView(message(joon, 'see ')), {...long, what: 'the end'});
  await newest(joon).waitFor({state: 'detached'});
});

test('an own message leads from an old part to the newest, and the field keeps the focus', async () => {
  const {joon} = people;
  await follow(people, 20);
  await say(joon, 'an answer');
  await waitFor(() => isInView(message(joon, 'an answer')), {...long, what: 'the answer'});
  await expect(composer(joon).evaluate((field) => field === document.activeElement)).resolves.toBe(true);
});

test('the quote of an old message leads to it', async () => {
  const {joon, minaName} = people;
  await minaSays('as I said', {replyTo: firstSeq + 7});

  await message(joon, 'as I said')
    .getByRole('button', {name: `Go to the message of ${minaName}`})
    .click();

  await waitFor(() => isInView(message(joon, 'line 7.')), {...long, what: 'the quoted message'});
});
