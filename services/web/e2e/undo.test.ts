import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, conversation, message, say} from './conversation.ts';
import {callAs} from './entry.ts';
import {chooseOfRoom, listed} from './groups.ts';
import {isInRoom} from './lobby.ts';
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

const undoOf = ({page}: Person) => page.getByRole('button', {name: 'Undo'});

/** Whether Joon is still a member, as the server says. */
async function isJoonIn(): Promise<boolean> {
  const {user} = await callAs<{user: {id: string}}>(people.joon, 'GET', '/me');
  const {members} = await callAs<{members: {user: {id: string}}[]}>(
    people.mina,
    'GET',
    `/rooms/${roomId}/members`,
  );
  return members.some((member) => member.user.id === user.id);
}

test('who deletes a message can take it back, and others never miss it', async () => {
  const {mina, joon} = people;
  await say(mina, 'a second thought');
  await message(joon, 'a second thought').waitFor();

  await chooseOfMessage(mina, 'a second thought', 'Delete');
  await conversation(mina).getByText('You deleted this message.').waitFor();
  await undoOf(mina).focus();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await undoOf(mina).press('Enter');

  await message(mina, 'a second thought').waitFor();
  await say(mina, 'and a third');
  await message(joon, 'and a third').waitFor();
  await expect(message(joon, 'a second thought').count()).resolves.toBe(1);
});

test('else it is deleted after five seconds, also when the page is closed before', async () => {
  const {mina, joon} = people;
  for (const text of ['gone after a while', 'gone with the page']) {
    await say(mina, text);
    await message(joon, text).waitFor();
  }
  await chooseOfMessage(mina, 'gone after a while', 'Delete');
  await message(joon, 'gone after a while').waitFor({state: 'detached'});
  await expect(undoOf(mina).count()).resolves.toBe(0);

  await chooseOfMessage(mina, 'gone with the page', 'Delete');
  await undoOf(mina).focus();
  await mina.page.reload();
  await message(joon, 'gone with the page').waitFor({state: 'detached'});
});

test('who leaves a room can come back at once, and has left else', async () => {
  const {joon} = people;
  await chooseOfRoom(joon, 'Leave the room');
  await joon.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  await expect(listed(joon, 'Rooms', title).count()).resolves.toBe(0);
  await undoOf(joon).press('Enter');
  await isInRoom(joon, title);
  await listed(joon, 'Rooms', title).waitFor();
  await say(joon, 'still here');
  await message(people.mina, 'still here').waitFor();

  await chooseOfRoom(joon, 'Leave the room');
  await waitFor(async () => !(await isJoonIn()), {timeoutMs: 15_000, what: 'the room to be left'});
});
