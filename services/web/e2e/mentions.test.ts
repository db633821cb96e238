import {request, signInGuest} from '@madang/testkit/raw-client';
import type {Locator} from 'playwright-core';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, message, say} from './conversation.ts';
import {callAs, comeIn, newName} from './entry.ts';
import {openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};
/** Its characters mean something elsewhere. */
const joonName = '김준-1 (C++)/[a]';

let stage: Stage;
let people: Two;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
  await callAs(people.joon, 'PATCH', '/me', {displayName: joonName});
});
beforeEach(async () => {
  ({roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

const options = ({page}: Person) => page.getByRole('listbox').getByRole('option');
const marksIn = (person: Person, text: string): Locator => message(person, text).locator('mark');

/** Returns which marks of a message mean the reader. */
function ownMarks(person: Person, text: string): Promise<string[]> {
  return message(person, text).locator('mark[data-me]').allTextContents();
}

test('a person chosen after @ is mentioned: their name is marked for all, and as their own for them', async () => {
  const {mina, joon} = people;
  await composer(mina).pressSequentially('@김');
  await options(mina).filter({hasText: joonName}).waitFor();
  await composer(mina).press('Enter');
  await composer(mina).pressSequentially('see **the plan**');
  await composer(mina).press('Enter');

  const text = `@${joonName} see the plan`;
  await message(joon, text).waitFor();
  await expect.poll(() => ownMarks(joon, text), patience).toEqual([`@${joonName}`]);
  await expect.poll(() => marksIn(mina, text).allTextContents(), patience).toEqual([`@${joonName}`]);
  await expect(ownMarks(mina, text)).resolves.toEqual([]);
  await expect(message(joon, text).getAttribute('data-for-me')).resolves.toBe('');
  await expect(message(mina, text).getAttribute('data-for-me')).resolves.toBeNull();
  await expect(violationsIn(joon)).resolves.toEqual([]);
});

test('a name written by hand mentions who has spoken here, and one in code nobody', async () => {
  const {mina, joon} = people;
  await say(joon, 'Here I am');
  await message(mina, 'Here I am', joonName).waitFor();

  await say(mina, `Well, @${joonName}, and \`@${joonName}\``);
  await say(mina, `Just \`@${joonName}\``);

  await message(joon, `Just @${joonName}`).waitFor();
  await expect.poll(() => ownMarks(joon, 'Well, '), patience).toEqual([`@${joonName}`]);
  await expect(marksIn(joon, 'Just ').count()).resolves.toBe(0);
});

test('@room and @here are offered in a small room, and mean everybody but the sender', async () => {
  const {mina, joon} = people;
  for (const [typed, name] of [
    ['@roo', 'room'],
    ['@her', 'here'],
  ] as const) {
    await composer(mina).pressSequentially(typed);
    await options(mina).filter({hasText: name}).waitFor();
    await composer(mina).press('Enter');
    await composer(mina).pressSequentially('dinner is ready');
    await composer(mina).press('Enter');
    const text = `@${name} dinner is ready`;
    await expect.poll(() => ownMarks(joon, text), patience).toEqual([`@${name}`]);
    await expect.poll(() => marksIn(mina, text).allTextContents(), patience).toEqual([`@${name}`]);
    await expect(ownMarks(mina, text)).resolves.toEqual([]);
  }
});

test('in a large room a plain member is not offered to mention everybody', async () => {
  const {mina, joon} = people;
  // With the two there are more than 20. One after the other, so that a busy machine takes them.
  for (let no = 0; no < 19; no += 1) {
    const {cookie} = await signInGuest(mina.url);
    await request(mina.url, 'POST', `/rooms/${roomId}/join`, {cookie, body: {}});
  }
  await joon.page.reload();
  await composer(joon).pressSequentially(`@${people.minaName}`);
  await options(joon).filter({hasText: people.minaName}).waitFor();
  await composer(joon).fill('');
  await composer(joon).pressSequentially('@roo');
  await expect(options(joon).count()).resolves.toBe(0);
  await composer(joon).fill('');
  await mina.page.reload();
  await composer(mina).pressSequentially('@roo');
  await options(mina).filter({hasText: 'Everybody in the room'}).waitFor();
  await composer(mina).fill('');
});

test('who is mentioned elsewhere finds it among the notifications, once', async () => {
  const {mina} = people;
  const sora = await stage.enter({at: stage.nodeUrl(2)});
  const name = newName('sora');
  await comeIn(sora, name);
  await callAs(sora, 'POST', `/rooms/${roomId}/join`, {});
  await openLobby(sora);
  await composer(mina).pressSequentially(`@${name.slice(0, 6)}`);
  await options(mina).filter({hasText: name}).waitFor();
  await composer(mina).press('Enter');
  await composer(mina).pressSequentially('come over');
  await composer(mina).press('Enter');

  await sora.page.getByRole('button', {name: 'Notifications, 1 unread'}).waitFor();
});
