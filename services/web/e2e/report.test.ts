import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, message, say} from './conversation.ts';
import {callAs} from './entry.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {openCard, pressInCard} from './people.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

type Reports = {reports: {reason: string; message: {text: string}}[]};

/** Mina owns the room, so she reads its reports. */
async function reports(mina: Person): Promise<[reason: string, text: string][]> {
  const {reports: list} = await callAs<Reports>(mina, 'GET', `/reports?roomId=${roomId}`);
  return list.map(({reason, message: {text}}) => [reason, text]);
}

test('a message is reported from its menu by the keyboard, and those who look after the room are told', async () => {
  const {mina, joon, minaName, joonName} = people;
  const {page} = joon;
  await say(mina, 'Buy this now');
  await message(joon, 'Buy this now').waitFor();

  await message(joon, 'Buy this now').first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', {name: 'Report', exact: true}).waitFor();
  await page.keyboard.type('Repo');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', {name: `Report ${minaName}`});
  await dialog.getByText('Buy this now').waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await dialog.getByRole('radio', {name: 'Spam or advertising'}).focus();
  await page.keyboard.press('ArrowDown');
  await dialog.getByRole('radio', {name: 'Insult or harassment', checked: true}).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('every day');
  await page.keyboard.press('Enter');

  await dialog.getByText(/^The report is sent/).waitFor();
  await expect(violationsIn(joon)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
  await expect(reports(mina)).resolves.toEqual([['Insult or harassment: every day', 'Buy this now']]);
  await say(joon, 'I said nothing');
  await message(mina, 'I said nothing', joonName).waitFor();
});

test('a person is reported from their card, by what they said last', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'Older words');
  await say(mina, 'Bad words');
  await message(joon, 'Bad words').waitFor();

  await openCard(joon, minaName);
  await pressInCard(joon, minaName, 'Report');
  const dialog = joon.page.getByRole('dialog', {name: `Report ${minaName}`});
  await dialog.getByText('Bad words').waitFor();
  await dialog.getByRole('radio', {name: 'Something else'}).check();
  await dialog.getByRole('button', {name: 'Send the report'}).click();
  await dialog.getByRole('textbox', {name: 'In your words', exact: true}).fill('not like this');
  await dialog.getByRole('button', {name: 'Send the report'}).click();
  await dialog.getByText(/^The report is sent/).waitFor();

  await expect(reports(mina)).resolves.toEqual([['Something else: not like this', 'Bad words']]);
  await joon.page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
});

test('nobody reports their own message, and a report that is not sent leaves nothing', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'Mine');
  await message(joon, 'Mine').waitFor();
  await message(mina, 'Mine').first().focus();
  await mina.page.keyboard.press('Enter');
  await mina.page.getByRole('menuitem', {name: 'Copy the link'}).waitFor();
  await expect(mina.page.getByRole('menuitem', {name: 'Report'}).count()).resolves.toBe(0);
  await mina.page.keyboard.press('Escape');

  await chooseOfMessage(joon, 'Mine', 'Report');
  const dialog = joon.page.getByRole('dialog', {name: `Report ${minaName}`});
  await dialog.getByRole('button', {name: 'Cancel'}).click();
  await dialog.waitFor({state: 'detached'});
  await expect(reports(mina)).resolves.toEqual([]);
});
