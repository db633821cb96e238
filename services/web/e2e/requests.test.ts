import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, message, say} from './conversation.ts';
import {callAs} from './entry.ts';
import {isInRoom} from './lobby.ts';
import {twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 15_000};

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
});
beforeEach(async () => {
  // They share no room but the default one, so they are strangers.
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

const inSection = ({page}: Person, section: 'Requests' | 'Whispers', name: string) =>
  page.getByRole('region', {name: section, exact: true}).getByRole('link').filter({hasText: name});
const bar = ({page}: Person) => page.getByRole('region', {name: 'Request to whisper'});

async function ask(person: Person, directs: string): Promise<void> {
  await callAs(person, 'PATCH', '/me', {directs});
}

test('who wants to be asked says so in the profile, and a stranger’s whisper waits until it is accepted', async () => {
  const {mina, joon, minaName, joonName} = people;
  await joon.goTo('/profile');
  const choices = joon.page.getByRole('region', {name: 'Who may whisper to you'});
  await choices.getByRole('radio', {name: 'may whisper', exact: true, checked: true}).focus();
  await joon.page.keyboard.press('ArrowDown');
  await choices.getByRole('radio', {name: 'may ask', checked: true}).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);

  await say(mina, `/w ${joonName} Do you have a minute?`);
  await isInRoom(mina, joonName);
  await inSection(joon, 'Requests', minaName).click();
  await message(joon, 'Do you have a minute?', minaName).waitFor();
  await bar(joon).getByText(`${minaName} wants to whisper with you.`).waitFor();
  await expect(inSection(joon, 'Whispers', minaName).count()).resolves.toBe(0);
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await bar(joon).getByRole('button', {name: 'Accept'}).press('Enter');

  await inSection(joon, 'Whispers', minaName).waitFor();
  await bar(joon).waitFor({state: 'detached'});
  await expect(inSection(joon, 'Requests', minaName).count()).resolves.toBe(0);
});

test('an answer accepts a request', async () => {
  const {mina, joon, minaName, joonName} = people;
  await ask(joon, 'request');
  await say(mina, `/w ${joonName} Hello`);
  await inSection(joon, 'Requests', minaName).click();
  await bar(joon).waitFor();

  await say(joon, 'Hello, too');

  await message(mina, 'Hello, too', joonName).waitFor();
  await inSection(joon, 'Whispers', minaName).waitFor();
  await bar(joon).waitFor({state: 'detached'});
});

test('a request that is deleted is in no list until they write again, and a blocked person does not', async () => {
  const {mina, joon, minaName, joonName} = people;
  await ask(joon, 'request');
  await say(mina, `/w ${joonName} Buy this`);
  await isInRoom(mina, joonName);
  await inSection(joon, 'Requests', minaName).click();
  await bar(joon).getByRole('button', {name: 'Delete'}).press('Enter');
  await inSection(joon, 'Requests', minaName).waitFor({state: 'detached'});
  await expect(inSection(joon, 'Whispers', minaName).count()).resolves.toBe(0);

  await say(mina, 'Really, buy it');
  await inSection(joon, 'Requests', minaName).click();
  await bar(joon).getByRole('button', {name: 'Block'}).press('Enter');

  await inSection(joon, 'Requests', minaName).waitFor({state: 'detached'});
  await mina.page
    .getByText(/^You are muted until/)
    .first()
    .waitFor();
});

test('who takes no whispers of strangers gets none, and the writer is told', async () => {
  const {mina, joon, minaName, joonName} = people;
  await ask(joon, 'nobody');

  await say(mina, `/w ${joonName} Are you there?`);

  await mina.page.getByText('This person takes no whispers from people they share no room with.').waitFor();
  await expect.poll(() => composer(mina).inputValue(), patience).toBe(`/w ${joonName} Are you there?`);
  const {rooms} = await callAs<{rooms: {room: {kind: string}}[]}>(joon, 'GET', '/me');
  expect(rooms.filter(({room}) => room.kind === 'direct')).toEqual([]);
  await callAs(joon, 'PATCH', '/me', {directs: 'everyone'});
  await say(mina, `/w ${joonName} ${randomUUID()}`);
  await inSection(joon, 'Whispers', minaName).waitFor();
});
