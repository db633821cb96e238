import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, conversation, message, say} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs, PASSWORD} from './entry.ts';
import {isInRoom, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {newestSeq} from './reactions.ts';
import {Stage} from './stage.ts';
import {inThread, panel, reply} from './threads.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 30_000};

let stage: Stage;
let people: Two;
/** Another device of Mina's, on the third node. */
let phone: Person;
let title: string;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
  phone = await stage.enter({at: stage.nodeUrl(2)});
  await callAs(phone, 'POST', '/auth/login', {username: people.minaName, password: PASSWORD});
  await phone.goTo('/lobby');
  await openLobby(phone);
});
beforeEach(async () => {
  for (const {page} of [people.mina, people.joon, phone])
    await page.setViewportSize({width: 1280, height: 800});
  ({title, roomId} = await meetInRoom(people));
  await openLobby(phone);
});
afterAll(() => stage.close());

async function replyAtOnce(person: Person, threadOf: number, text: string): Promise<void> {
  const clientId = randomUUID();
  await callAs(person, 'POST', `/rooms/${roomId}/messages`, {clientId, text, threadOf});
}

test('two people talk in a thread, which the room shows as lines that lead there', async () => {
  const {mina, joon, minaName, joonName} = people;
  await say(mina, 'What about the roof?');
  await message(joon, 'What about the roof?').waitFor();

  await chooseOfMessage(joon, 'What about the roof?', 'Reply in thread');
  await inThread(joon, 'What about the roof?').waitFor();
  await panel(joon).getByText('Nobody has replied yet.').waitFor();
  await reply(joon, 'It leaks');

  await inThread(joon, 'It leaks').waitFor();
  const line = message(mina, 'What about the roof?', minaName).getByRole('button', {
    name: /^1 reply · last /,
  });
  await line.waitFor();
  await conversation(mina).getByText(`${joonName} replied to “What about the roof?”: It leaks`).waitFor();
  await line.click();
  await inThread(mina, 'It leaks').waitFor();
  await reply(mina, 'Since when?');
  await inThread(joon, 'Since when?').waitFor();
  await message(joon, 'What about the roof?')
    .getByRole('button', {name: /^2 replies/})
    .waitFor();

  await reply(joon, 'Since yesterday');
  await inThread(mina, 'Since yesterday').waitFor();
  await inThread(joon, 'Since yesterday').hover();
  await inThread(joon, 'Since yesterday').getByRole('button', {name: 'Message menu'}).click();
  await joon.page.getByRole('menuitem', {name: 'Edit', exact: true}).click();
  await reply(joon, 'Since Monday');
  await inThread(mina, 'Since Monday').getByText('(edited)').waitFor();
  await inThread(mina, 'Since Monday').hover();
  await inThread(mina, 'Since Monday').getByRole('button', {name: 'React with 👍'}).first().click();
  await inThread(joon, 'Since Monday')
    .getByRole('button', {name: `👍 1, ${minaName}`})
    .waitFor();

  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.goBack();
  await panel(mina).waitFor({state: 'detached'});
}, 120_000);

test('a thread with a new reply is bold in the list, and who reads it on one device has read it on the others', async () => {
  const {mina, joon} = people;
  await say(mina, 'Who brings the ladder?');
  await message(joon, 'Who brings the ladder?').waitFor();
  const root = await newestSeq(mina, roomId);
  await openLobby(mina);
  await replyAtOnce(joon, root, 'I do');

  const entry = ({page}: Person) => page.getByRole('navigation').getByRole('link', {name: 'Threads'});
  for (const device of [mina, phone]) await entry(device).getByText('1 unread').waitFor({state: 'attached'});
  await phone.page.bringToFront();
  await entry(phone).click();
  const thread = phone.page.getByRole('main').getByRole('link').filter({hasText: 'Who brings the ladder?'});
  await thread.getByText(title).waitFor();
  await expect(violationsIn(phone)).resolves.toEqual([]);
  await thread.click();
  await inThread(phone, 'I do').waitFor();

  for (const device of [mina, phone])
    await entry(device)
      .getByText(/unread$/)
      .waitFor({state: 'detached'});
});

test('a user who unfollows a thread gets no inbox items for its replies', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'Soup or bread?');
  await message(joon, 'Soup or bread?').waitFor();
  const root = await newestSeq(mina, roomId);
  await replyAtOnce(joon, root, 'Soup');
  await message(mina, 'Soup or bread?', minaName)
    .getByRole('button', {name: /^1 reply/})
    .click();
  await panel(mina).getByRole('button', {name: 'Stop following this thread'}).click();
  await panel(mina).getByRole('button', {name: 'Follow this thread'}).waitFor();
  await openLobby(mina);
  const unreadOf = async () => (await callAs<{unread: number}>(mina, 'GET', '/notifications?limit=1')).unread;
  await expect.poll(unreadOf, patience).toBe(0);

  await replyAtOnce(joon, root, 'And bread');
  // Another message's item comes after anything that the reply could have made.
  await callAs(joon, 'POST', `/rooms/${roomId}/messages`, {
    clientId: randomUUID(),
    text: 'Well?',
    replyTo: root,
  });

  await mina.page.getByRole('button', {name: /^Notifications, 1 unread$/}).waitFor();
  await expect.poll(unreadOf, patience).toBe(1);
});

test('with the keyboard alone one opens a thread, replies, and comes back', async () => {
  const {mina, joon} = people;
  await say(joon, 'Shall we?');
  await message(mina, 'Shall we?').waitFor();
  const root = message(mina, 'Shall we?').first();

  await root.focus();
  await mina.page.keyboard.press('t');
  const field = panel(mina).getByRole('textbox', {name: 'Reply in thread'});
  await expect.poll(() => field.evaluate((one) => one === document.activeElement), patience).toBe(true);
  await mina.page.keyboard.type('We shall');
  await mina.page.keyboard.press('Enter');
  await inThread(mina, 'We shall').waitFor();
  await mina.page.keyboard.press('Escape');

  await panel(mina).waitFor({state: 'detached'});
  await expect.poll(() => root.evaluate((one) => one === document.activeElement), patience).toBe(true);
});

test('the link of a reply leads into its thread, also in a narrow window, where it reaches beyond no edge', async () => {
  const {mina, joon} = people;
  await say(joon, 'A long story');
  await message(mina, 'A long story').waitFor();
  await replyAtOnce(joon, await newestSeq(mina, roomId), `And its end ${'so '.repeat(60)}${'o'.repeat(80)}`);
  await message(mina, 'And its end').waitFor();
  const seq = await newestSeq(mina, roomId);
  for (const width of [1280, 390, 320]) {
    await phone.page.setViewportSize({width, height: 800});
    await phone.goTo(`/rooms/${roomId}/${seq}`);

    await inThread(phone, 'And its end').waitFor();
    await isInRoom(phone, title);
    await expect(violationsIn(phone)).resolves.toEqual([]);
    await expect(beyondEdges(phone)).resolves.toEqual([]);
    await panel(phone).getByRole('button', {name: 'Close'}).click();
    await panel(phone).waitFor({state: 'detached'});
    await expect(violationsIn(phone)).resolves.toEqual([]);
    await expect(beyondEdges(phone)).resolves.toEqual([]);
  }
});

test('a long thread opens at its end, and loads earlier replies on the way up', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'Count with me');
  await message(joon, 'Count with me').waitFor();
  const root = await newestSeq(mina, roomId);
  for (let no = 1; no <= 70; no += 1) await replyAtOnce(joon, root, `counted ${no}.`);

  await mina.page.reload();
  await message(mina, 'counted 70.').waitFor();
  await mina.goTo(`/rooms/${roomId}?thread=${root}`);
  await inThread(mina, 'counted 70.').waitFor();
  await expect(inThread(mina, 'counted 9.').count()).resolves.toBe(0);
  await panel(mina).getByRole('article').last().focus();
  await mina.page.keyboard.press('Home');
  await inThread(mina, 'counted 1.').waitFor();
  await mina.page.keyboard.press('Home');
  await inThread(mina, `${minaName}: Count with me`).waitFor();
});

test('in Korean a thread is Korean', async () => {
  const {mina, joon} = people;
  const korean = await stage.enter({locale: 'ko-KR', at: stage.nodeUrl(1)});
  await say(joon, '점심 먹을까요?');
  await message(mina, '점심 먹을까요?').waitFor();
  await replyAtOnce(mina, await newestSeq(mina, roomId), '좋아요');
  await callAs(korean, 'POST', '/auth/login', {username: people.minaName, password: PASSWORD});
  await korean.goTo(`/rooms/${roomId}`);

  await korean.page.getByRole('button', {name: /^답장 1개 · 마지막 /}).click();
  await korean.page
    .getByRole('complementary', {name: '스레드'})
    .getByRole('textbox', {name: '스레드에 답장'})
    .waitFor();
  await korean.leave();
});
