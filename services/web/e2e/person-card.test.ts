import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, conversation, message, say} from './conversation.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {card, focused, openCard, openCardOf, pressInCard} from './people.ts';
import {isInRoom} from './lobby.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
let title: string;
beforeAll(async () => {
  stage = await Stage.open();
});
beforeEach(async () => {
  people = await twoAccounts(stage);
  ({title} = await meetInRoom(people));
});
afterAll(() => stage.close());

test('a press on a name or a face shows who it is, by the keyboard, too', async () => {
  const {mina, joon, joonName} = people;
  const {page} = mina;
  await say(joon, 'Who am I?');
  await message(mina, 'Who am I?').waitFor();

  await page.getByRole('complementary').getByRole('button', {name: joonName, exact: true}).focus();
  await page.keyboard.press('Enter');
  await card(mina, joonName).getByText('Here now').waitFor();
  await card(mina, joonName)
    .getByText(/since .*20\d\d/)
    .waitFor();
  await expect(card(mina, joonName).getByText(joonName, {exact: true}).count()).resolves.toBe(2);
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await card(mina, joonName).waitFor({state: 'detached'});
  await expect.poll(() => focused(mina), patience).toContain(joonName);

  const row = message(mina, 'Who am I?').first();
  await row.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await card(mina, joonName).waitFor();
  await page.keyboard.press('Escape');
  await card(mina, joonName).waitFor({state: 'detached'});

  await row.locator('[data-initial]').click();
  await card(mina, joonName).waitFor();
});

test('the card mentions somebody where the caret is', async () => {
  const {mina, joon, joonName, minaName} = people;
  await composer(mina).fill('Ask');
  await openCard(mina, joonName);
  await pressInCard(mina, joonName, 'Mention');

  await card(mina, joonName).waitFor({state: 'detached'});
  await expect.poll(() => composer(mina).inputValue(), patience).toBe(`Ask @${joonName} `);
  await mina.page.keyboard.type('about it');
  await mina.page.keyboard.press('Enter');
  await message(joon, `Ask @${joonName} about it`, minaName).locator('mark[data-me]').waitFor();
});

test('messages of somebody whom one blocks are folded, and they cannot whisper', async () => {
  const {mina, joon, minaName, joonName} = people;
  await say(joon, 'Look at me');
  await openCardOf(mina, 'Look at me', joonName);
  await pressInCard(mina, joonName, 'Block');
  await card(mina, joonName)
    .getByText(/^You see their messages/)
    .waitFor();
  await mina.page.keyboard.press('Escape');

  const folded = message(mina, 'A message of somebody you block.', joonName);
  await folded.waitFor();
  await expect(conversation(mina).getByText('Look at me').count()).resolves.toBe(0);
  await say(joon, 'And again');
  await expect.poll(() => folded.count(), patience).toBe(2);
  await folded.first().getByRole('button', {name: 'Show'}).press('Enter');
  await message(mina, 'Look at me', joonName).waitFor();
  await expect.poll(() => folded.count(), patience).toBe(1);
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await mina.page.reload();
  await expect.poll(() => folded.count(), patience).toBe(2);

  await openCard(joon, minaName);
  await pressInCard(joon, minaName, 'Whisper');
  await isInRoom(joon, minaName);
  await say(joon, 'Why?');
  await joon.page
    .getByText(/^You are muted until/)
    .first()
    .waitFor();
});

test('the profile page lists whom one blocks, and unblocks them', async () => {
  const {mina, joon, joonName} = people;
  await say(joon, 'Peace?');
  await message(mina, 'Peace?').waitFor();
  await openCard(mina, joonName);
  await pressInCard(mina, joonName, 'Block');
  await mina.page.getByText('blocked', {exact: true}).waitFor();

  await mina.goTo('/profile');
  const list = mina.page.getByRole('region', {name: 'People you block'});
  const unblock = list.getByRole('button', {name: `Unblock ${joonName}`});
  await unblock.waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await unblock.focus();
  await mina.page.keyboard.press('Enter');
  await list.getByText('You block nobody.').waitFor();

  await mina.page.getByRole('navigation').getByRole('link', {name: title}).click();
  await message(mina, 'Peace?', joonName).waitFor();
});
