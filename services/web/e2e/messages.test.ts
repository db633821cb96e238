import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {chooseOfMessage, composer, conversation, line, message, say, sayAtOnce} from './conversation.ts';
import {listed} from './groups.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
let title: string;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({title, roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

const range = (count: number, what: string) => Array.from({length: count}, (_, index) => `${what} ${index}`);

test('Enter while a Hangul syllable is composed never sends, the next one does', async () => {
  const {mina, joon, minaName} = people;
  const browser = await mina.page.context().newCDPSession(mina.page);
  const compose = (text: string) =>
    browser.send('Input.imeSetComposition', {text, selectionStart: text.length, selectionEnd: text.length});
  const pressEnter = (windowsVirtualKeyCode: number) =>
    browser.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode,
    });
  await composer(mina).focus();

  for (const text of ['ㅇ', '아', '안', '안ㄴ', '안녀', '안녕']) {
    await compose(text);
    // 229 is the key code while an input method composes, 13 that of Enter.
    await pressEnter(229);
    await pressEnter(13);
  }
  await browser.send('Input.insertText', {text: '안녕'});
  await expect(composer(mina).inputValue()).resolves.toBe('안녕');
  await composer(mina).press('Enter');

  await message(joon, '안녕', minaName).waitFor();
  await expect(composer(mina).inputValue()).resolves.toBe('');
  await say(mina, 'that was all');
  await message(joon, 'that was all').waitFor();
  await expect(conversation(joon).getByRole('article').count()).resolves.toBe(2);
});

test('Shift+Enter breaks a line, Enter sends both', async () => {
  const {mina, joon} = people;

  await composer(mina).focus();
  await mina.page.keyboard.type('first');
  await mina.page.keyboard.press('Shift+Enter');
  await mina.page.keyboard.type('second');
  await mina.page.keyboard.press('Enter');

  await expect.poll(() => message(joon, 'first').innerText(), {timeout: 5_000}).toMatch(/first\nsecond/);
});

test('who types is shown to the others, until it is sent', async () => {
  const {mina, joon, minaName} = people;

  await composer(mina).pressSequentially('I am wri');
  await joon.page.getByText(`${minaName} is typing…`).waitFor();
  await composer(mina).press('Enter');

  await message(joon, 'I am wri').waitFor();
  await joon.page.getByText(`${minaName} is typing…`).waitFor({state: 'detached'});
});

test('an edited message says so, a deleted one leaves its place', async () => {
  const {mina, joon} = people;
  await say(mina, 'helo');
  await message(joon, 'helo').waitFor();

  await composer(mina).press('ArrowUp');
  await composer(mina).fill('hello');
  await composer(mina).press('Enter');
  await message(joon, 'hello (edited)').waitFor();
  await chooseOfMessage(mina, 'hello', 'Delete');

  await line(joon, 'This message was deleted.')
    .or(message(joon, 'This message was deleted.'))
    .first()
    .waitFor();
  await expect(conversation(joon).getByText('hello').count()).resolves.toBe(0);
});

test('a reply quotes what it answers, and the quote leads there', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'The question');
  await message(joon, 'The question').waitFor();
  await sayAtOnce(mina, roomId, range(30, 'between'));
  await message(joon, 'between 29').waitFor();
  await conversation(joon).press('Home');
  await conversation(joon).evaluate((log) => log.scrollTo({top: 0}));
  await chooseOfMessage(joon, 'The question', 'Reply');
  await joon.page.getByText(`Reply to ${minaName}`).waitFor();
  await say(joon, 'The answer');

  const quote = message(mina, 'The answer').getByRole('button', {name: `Go to the message of ${minaName}`});
  await quote.click();

  const question = conversation(mina).getByRole('article').filter({hasText: ': The question'}).first();
  await waitFor(() => isInView(question), {timeoutMs: 5_000, what: 'the question in view'});
});

function isInView(locator: ReturnType<typeof message>): Promise<boolean> {
  return locator.evaluate((element) => {
    const {top, bottom} = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

test('what is new is counted in the list and the tab, marked by a line, and read on all devices at once', async () => {
  // These users have no unread messages elsewhere.
  const two = await twoAccounts(stage);
  const {mina, joon} = two;
  const {title} = await meetInRoom(two);
  const other = await joon.newTab(stage.nodeUrl(2));
  await other.goTo('/lobby');
  await openLobby(joon);
  await say(mina, 'one');
  await say(mina, 'two');

  await listed(joon, 'Rooms', title).getByText('2 unread').waitFor({state: 'attached'});
  await listed(other, 'Rooms', title).getByText('2 unread').waitFor({state: 'attached'});
  await waitFor(async () => (await joon.page.title()).startsWith('(2) '), {
    timeoutMs: 5_000,
    what: 'the title',
  });
  await listed(joon, 'Rooms', title).click();
  await line(joon, 'New from here').waitFor();

  await listed(other, 'Rooms', title).getByText('2 unread').waitFor({state: 'detached'});
  await waitFor(async () => !(await other.page.title()).startsWith('('), {
    timeoutMs: 5_000,
    what: 'the title',
  });
});

test('a reader who is further up is not moved, and told how many are new', async () => {
  const {mina, joon} = people;
  await sayAtOnce(mina, roomId, range(40, 'line'));
  await message(joon, 'line 39').waitFor();

  await conversation(joon).hover();
  await joon.page.mouse.wheel(0, -500);
  await joon.page.getByRole('button', {name: 'To the newest message'}).waitFor();
  const before = await placeOf(joon);
  await say(mina, 'news');
  await joon.page.getByRole('button', {name: '1 new'}).waitFor();
  await expect(placeOf(joon)).resolves.toBe(before);
  await joon.page.getByRole('button', {name: '1 new'}).click();

  await message(joon, 'news').waitFor();
});

function placeOf(person: Person): Promise<number> {
  return conversation(person).evaluate((log) => log.scrollTop);
}

test('a draft survives a reload, room by room', async () => {
  const {mina} = people;
  await composer(mina).fill('not yet finished');

  await mina.page.reload();
  await isInRoom(mina, title);
  await expect.poll(() => composer(mina).inputValue(), {timeout: 5_000}).toBe('not yet finished');
  await mina.page.getByRole('link', {name: /general/}).click();
  await isInRoom(mina, 'general');

  await expect(composer(mina).inputValue()).resolves.toBe('');
});

test('markdown is shown, links are safe, and HTML stays text', async () => {
  const {mina, joon} = people;

  await say(mina, '**bold** _soft_ `code` <b>not bold</b> https://example.com/a?b=c javascript:alert(1)');
  const shown = message(joon, 'bold');
  const link = shown.getByRole('link');
  await link.waitFor();

  await expect(shown.locator('strong').allTextContents()).resolves.toEqual(['bold']);
  await expect(shown.locator('code').allTextContents()).resolves.toEqual(['code']);
  await expect(shown.locator('b').count()).resolves.toBe(0);
  await expect(link.count()).resolves.toBe(1);
  await expect(link.getAttribute('href')).resolves.toBe('https://example.com/a?b=c');
  await expect(link.getAttribute('rel')).resolves.toMatch(/noopener/);
  await expect(link.getAttribute('target')).resolves.toBe('_blank');
});

test('a program has its colours and can be copied, and a bold Korean word its particle', async () => {
  const {mina, joon} = people;

  await say(mina, '**마크다운(Markdown)**을 써요 [이 쪽](https://example.com/a)');
  const words = message(joon, '마크다운(Markdown)을 써요');
  await words.waitFor();
  await expect(words.locator('strong').allTextContents()).resolves.toEqual(['마크다운(Markdown)']);
  await expect(words.getByRole('link', {name: '이 쪽'}).getAttribute('href')).resolves.toBe(
    'https://example.com/a',
  );
  await composer(mina).fill('```js\nconst a = "<b>";\n```');
  await composer(mina).press('Enter');
  const program = conversation(joon).locator('pre');
  await program.locator('span', {hasText: 'const'}).waitFor();

  await expect(program.innerText()).resolves.toBe('const a = "<b>";');
  await expect(program.locator('b').count()).resolves.toBe(0);
});

test('messages carry their time, stand in groups, and days are told apart', async () => {
  const {joon, minaName} = people;
  // A line announces an arrival and splits the group of messages, up to a second after the count has changed.
  await meetInRoom(people, ['first of a group', 'second of a group']);
  await message(joon, 'second of a group').waitFor();

  await line(joon, 'Today').waitFor();
  await expect.poll(() => namesAbove(joon, minaName), {timeout: 5_000}).toBe(1);
  const time = message(joon, 'second of a group').locator('time');
  const told = await time.getAttribute('datetime');
  expect(Math.abs(Date.parse(told ?? '') - Date.now())).toBeLessThan(60_000);
});

function namesAbove(person: Person, name: string): Promise<number> {
  return conversation(person).getByRole('button', {name}).count();
}
