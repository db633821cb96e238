import {randomUUID} from 'node:crypto';
import {waitFor} from '@madang/testkit/wait-for';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test, vi} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, conversation, message, sayAtOnce} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs, newName} from './entry.ts';
import {chooseOfRoom} from './groups.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

const patience = {timeout: 30_000};
const long = {timeoutMs: 30_000};

// Each test goes through several pages.
vi.setConfig({testTimeout: 120_000});

let stage: Stage;
let people: Two;
let title: string;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open({gateways: 2});
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({title, roomId} = await makeRoom());
  await open(people.joon, roomId);
});
afterAll(() => stage.close());

/** A room with both of them, in which Mina has said these. */
async function makeRoom(said: string[] = []): Promise<{title: string; roomId: string}> {
  const {mina, joon} = people;
  const wish = {title: newName('Room'), ephemeral: false, clientId: randomUUID()};
  const {room} = await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', wish);
  await callAs(joon, 'POST', `/rooms/${room.id}/join`, {});
  await sayAtOnce(mina, room.id, said);
  return {title: wish.title, roomId: room.id};
}

/** Comes to a room afresh: nothing of a former search is left. */
async function open(person: Person, id: string): Promise<void> {
  await person.goTo(`/rooms/${id}`);
  await composer(person).waitFor(patience);
}

/** Mina says something here, wherever she is. */
const minaSays = (...texts: string[]) => sayAtOnce(people.mina, roomId, texts);

const panel = ({page}: Person) => page.getByRole('complementary', {name: 'Search'});
const field = (person: Person) => panel(person).getByRole('searchbox', {name: 'Words'});
const hits = (person: Person) => panel(person).getByRole('listitem').getByRole('link');
const focused = ({page}: Person) => page.evaluate(() => document.activeElement?.textContent ?? '');

async function openSearch(person: Person): Promise<void> {
  await person.page.keyboard.press('Control+Shift+F');
  await field(person).waitFor(patience);
}

async function search(person: Person, query: string): Promise<void> {
  await field(person).fill(query);
  await field(person).press('Enter');
  await panel(person).getByRole('status').filter({hasNotText: 'Searching…'}).waitFor(patience);
}

async function isInView(locator: Locator): Promise<boolean> {
  if ((await locator.count()) !== 1) return false;
  return locator.evaluate((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

test('finds English by the beginning of a word and Korean anywhere in one, and what was just said', async () => {
  const {joon, minaName} = people;
  await minaSays('The meeting begins at noon', '내일 주간회의합시다', 'nothing of it');
  await message(joon, 'nothing of it').waitFor(patience);
  await joon.page.getByRole('button', {name: 'Search messages'}).click();
  await expect(field(joon).evaluate((input) => input === document.activeElement)).resolves.toBe(true);

  await search(joon, 'MEET');
  await hits(joon).waitFor(patience);
  await expect(hits(joon).innerText()).resolves.toContain(minaName);
  await expect(hits(joon).locator('mark').allTextContents()).resolves.toEqual(['meet']);
  await search(joon, '회의');
  await expect.poll(() => hits(joon).locator('mark').allTextContents(), patience).toEqual(['회의']);
  await expect(violationsIn(joon)).resolves.toEqual([]);

  await minaSays('the meadow, said just now');
  await message(joon, 'the meadow').waitFor(patience);
  await search(joon, 'meadow');
  await expect.poll(() => hits(joon).allTextContents(), patience).toHaveLength(1);
  await panel(joon).getByRole('status').filter({hasText: '1 message'}).waitFor();
});

test('a hit far back opens there, a hit in another room opens that room, and the search stays beside it', async () => {
  const {joon} = people;
  const word = newName('pear').replace('-', '');
  await minaSays(`an old ${word}`, ...Array.from({length: 70}, (_, no) => `line ${no}.`));
  const first = title;
  const other = await makeRoom([`another ${word}`]);
  await openSearch(joon);
  await search(joon, word);
  await expect.poll(() => hits(joon).count(), patience).toBe(1);
  await panel(joon).getByRole('radio', {name: 'All my rooms'}).check();
  await expect.poll(() => hits(joon).count(), patience).toBe(2);

  await open(joon, other.roomId);
  await openSearch(joon);
  await panel(joon).getByRole('radio', {name: 'All my rooms'}).check();
  await search(joon, word);
  await expect.poll(() => hits(joon).count(), patience).toBe(2);
  await hits(joon).filter({hasText: first}).click();
  await isInRoom(joon, first);
  await waitFor(() => isInView(message(joon, `an old ${word}`)), {...long, what: 'the old hit'});
  await joon.page.getByRole('button', {name: 'Jump to newest'}).waitFor();
  await expect(hits(joon).count()).resolves.toBe(2);
  await hits(joon).filter({hasText: other.title}).click();
  await isInRoom(joon, other.title);
  await waitFor(() => isInView(message(joon, `another ${word}`)), {...long, what: 'the other hit'});

  // Once more to a hit that one has left by scrolling.
  await hits(joon).filter({hasText: first}).click();
  await waitFor(() => isInView(message(joon, `an old ${word}`)), {...long, what: 'the old hit'});
  await conversation(joon).hover();
  await waitFor(
    async () => {
      await joon.page.mouse.wheel(0, 900);
      return !(await isInView(message(joon, `an old ${word}`)));
    },
    {...long, what: 'the hit out of view'},
  );
  await hits(joon).filter({hasText: first}).click();
  await waitFor(() => isInView(message(joon, `an old ${word}`)), {...long, what: 'the old hit again'});
});

test('with the keyboard alone: open, search, choose, go on in the conversation, and close', async () => {
  const {joon} = people;
  await minaSays('red apple', 'green apple', 'after it');
  await message(joon, 'after it').waitFor(patience);
  await composer(joon).focus();
  await openSearch(joon);
  await joon.page.keyboard.type('apple');
  await joon.page.keyboard.press('Enter');
  await expect.poll(() => hits(joon).count(), patience).toBe(2);

  await joon.page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(joon), patience).toContain('green apple');
  await joon.page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(joon), patience).toContain('red apple');
  await joon.page.keyboard.press('Enter');
  await expect
    .poll(() => joon.page.evaluate(() => document.activeElement?.closest('article')?.textContent), patience)
    .toContain('red apple');
  await joon.page.keyboard.press('ArrowDown');
  await expect.poll(() => focused(joon), patience).toContain('green apple');

  await openSearch(joon);
  await expect
    .poll(() => field(joon).evaluate((input) => input === document.activeElement), patience)
    .toBe(true);
  await joon.page.keyboard.press('Escape');
  await panel(joon).waitFor({state: 'detached'});
  await expect(composer(joon).evaluate((input) => input === document.activeElement)).resolves.toBe(true);
});

test('the jump dialog leads on to a search of all rooms, from any page', async () => {
  const {joon} = people;
  const word = newName('plum').replace('-', '');
  await minaSays(`a ${word} to find`);
  await message(joon, `a ${word}`).waitFor(patience);
  await openLobby(joon);
  await joon.page.keyboard.press('Control+K');
  await joon.page.getByRole('combobox').fill(word);
  await joon.page.getByRole('option', {name: `Search messages for “${word}”`}).waitFor();
  await joon.page.keyboard.press('Enter');

  await expect.poll(() => hits(joon).count(), patience).toBe(1);
  await expect(panel(joon).getByRole('radio', {name: 'All my rooms'}).isChecked()).resolves.toBe(true);
});

test('older hits come on demand', async () => {
  const {joon} = people;
  await minaSays(...Array.from({length: 60}, (_, no) => `cherry ${no}.`));
  await message(joon, 'cherry 59.').waitFor(patience);
  await openSearch(joon);
  await search(joon, 'cherry');
  await expect.poll(() => hits(joon).count(), patience).toBe(50);

  await panel(joon).getByRole('button', {name: 'Search older messages'}).click();

  await expect.poll(() => hits(joon).count(), patience).toBe(60);
  await panel(joon).getByRole('status').filter({hasText: '60 messages'}).waitFor();
});

test('says one thing when nothing is found, when too little is asked, and when the search fails', async () => {
  const {joon} = people;
  await openSearch(joon);
  await panel(joon).getByRole('status').filter({hasText: 'Write words'}).waitFor();

  await search(joon, 'nosuchword');
  await panel(joon).getByRole('status').filter({hasText: 'No message has “nosuchword”.'}).waitFor(patience);
  await field(joon).fill('x');
  await panel(joon).getByRole('alert').filter({hasText: 'Write at least two letters'}).waitFor(patience);
  await expect(panel(joon).getByRole('status').count()).resolves.toBe(0);
  await expect(violationsIn(joon)).resolves.toEqual([]);
});

test('a deleted message is a hit no more', async () => {
  const {mina, joon} = people;
  await minaSays('a secret grape');
  await message(joon, 'a secret grape').waitFor(patience);
  await openSearch(joon);
  await search(joon, 'grape');
  await hits(joon).waitFor(patience);
  const {hits: found} = await callAs<{hits: {seq: number}[]}>(
    mina,
    'GET',
    `/search?query=grape&roomId=${roomId}`,
  );

  await callAs(mina, 'DELETE', `/rooms/${roomId}/messages/${found[0]!.seq}`);

  await hits(joon).waitFor({state: 'detached', ...patience});
});

test('fits every width, and in a narrow window choosing a hit shows the conversation', async () => {
  const {joon} = people;
  await minaSays(`a narrow ${'kiwi'.repeat(30)}`);
  await message(joon, 'a narrow').waitFor(patience);
  await openSearch(joon);
  await search(joon, 'kiwi');
  await hits(joon).waitFor(patience);

  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await joon.page.setViewportSize({width: 390, height: 800});
  await hits(joon).click();
  await panel(joon).waitFor({state: 'detached'});
  await waitFor(() => isInView(message(joon, 'a narrow')), {...long, what: 'the message'});
  await chooseOfRoom(joon, 'Search messages');
  await hits(joon).waitFor(patience);
  await joon.page.setViewportSize({width: 1280, height: 800});
  await expect
    .poll(() => field(joon).evaluate((input) => input === document.activeElement), patience)
    .toBe(true);
  await joon.page.keyboard.press('Escape');
  await panel(joon).waitFor({state: 'detached'});
});
