import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {chooseOfMessage, composer, conversation, message, say} from './conversation.ts';
import {listed} from './groups.ts';
import {isInRoom} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(() => meetInRoom(people));
afterAll(() => stage.close());

function hasFocus(person: Person): Promise<boolean> {
  return composer(person).evaluate((field) => field === document.activeElement);
}

test.each(['Reply', 'Edit'])(
  '%s from the menu of a message leaves the cursor in the field',
  async (entry) => {
    const {mina, joon} = people;
    await say(mina, 'a message to be chosen');
    await message(joon, 'a message to be chosen').waitFor();

    await chooseOfMessage(mina, 'a message to be chosen', entry);
    await mina.page.getByRole('menu').waitFor({state: 'detached'});

    await expect.poll(() => hasFocus(mina), patience).toBe(true);
    await mina.page.keyboard.type(' and more');
    await mina.page.keyboard.press('Enter');
    await message(joon, entry === 'Edit' ? 'a message to be chosen and more' : 'and more').waitFor();
  },
);

test('by the keyboard, too, and by a finger that rests', async () => {
  const {mina} = people;
  await say(mina, 'pressed for long');
  await message(mina, 'pressed for long').waitFor();

  await message(mina, 'pressed for long').getByRole('button', {name: 'Message menu'}).focus();
  await mina.page.keyboard.press('Enter');
  const reply = mina.page.getByRole('menuitem', {name: 'Reply', exact: true});
  await reply.waitFor();
  await expect
    .poll(async () => {
      await mina.page.keyboard.press('ArrowDown');
      return reply.evaluate((entry) => entry === document.activeElement);
    }, patience)
    .toBe(true);
  await mina.page.keyboard.press('Enter');
  await expect.poll(() => hasFocus(mina), patience).toBe(true);

  const bubble = message(mina, 'pressed for long').locator('[dir=auto]').first();
  await bubble.dispatchEvent('pointerdown', {pointerType: 'touch', bubbles: true});
  await mina.page.getByRole('menuitem', {name: 'Edit'}).click();
  await expect.poll(() => hasFocus(mina), patience).toBe(true);
  await mina.page.keyboard.press('Escape');
});

test('a text that is too long stays whole, says by how much, and goes in parts in order', async () => {
  const {mina, joon} = people;
  const lines = Array.from({length: 90}, (_, no) => `line ${no} ${'가나다라마바사 '.repeat(8)}🍊`.trim());
  const text = lines.join('\n');

  await composer(mina).fill(text);
  await expect(composer(mina).inputValue()).resolves.toBe(text);
  await composer(mina).press('Enter');
  await mina.page
    .getByRole('alert')
    .getByText(/^Too long by [\d,]+ characters\. Nothing was sent\.$/)
    .waitFor();
  await expect(composer(mina).inputValue()).resolves.toBe(text);
  await mina.page.getByRole('button', {name: 'Send in 2 parts'}).click();

  await conversation(joon).getByText('line 89').waitFor();
  const said = await conversation(joon).getByRole('article').allInnerTexts();
  const shown = said.join('\n').match(/line \d+/g);
  expect(shown).toEqual(lines.map((_, no) => `line ${no}`));
  expect(said.length).toBe(2);
  await expect(composer(mina).inputValue()).resolves.toBe('');
  await expect(hasFocus(mina)).resolves.toBe(true);
});

test('what is counted is what the server counts: 4,000 characters go, however they are made', async () => {
  const {mina, joon} = people;

  await composer(mina).fill('🍊'.repeat(4_000));
  await mina.page.getByText('4,000 of 4,000 characters').waitFor();
  await composer(mina).press('Enter');

  await message(joon, '🍊🍊🍊').waitFor();
});

test('an edit that is too long is not sent, and stays', async () => {
  const {mina, joon} = people;
  await say(mina, 'short');
  await message(joon, 'short').waitFor();

  await composer(mina).press('ArrowUp');
  await composer(mina).fill('x'.repeat(4_001));
  await composer(mina).press('Enter');

  await mina.page.getByText('Too long by 1 character. Nothing was sent.').waitFor();
  await expect(mina.page.getByRole('button', {name: /^Send in/}).count()).resolves.toBe(0);
  await composer(mina).press('Escape');
});

test('a command that there is none of is said to nobody, and how to say it anyway', async () => {
  const {mina, joon} = people;

  for (const text of ['/whisper joon a secret', '/W ', '／귓속말 미나 비밀']) {
    await say(mina, text);
    await mina.page.getByRole('alert').waitFor();
    await expect(composer(mina).inputValue()).resolves.toBe(text);
  }
  await mina.page.getByText('There is no command /귓속말. To say it as it is, begin with //.').waitFor();
  await say(mina, '//whisper is no command');
  await message(joon, '/whisper is no command').waitFor();
  await say(mina, '/etc/hosts is a file');
  await message(joon, '/etc/hosts is a file').waitFor();

  await expect(conversation(joon).getByRole('article').count()).resolves.toBe(2);
});

test('nor is a whisper said by an edit, and what was said with a slash can be edited', async () => {
  const {mina, joon} = people;
  await say(mina, '//tell nobody');
  await message(joon, '/tell nobody').waitFor();

  await composer(mina).press('ArrowUp');
  await expect.poll(() => composer(mina).inputValue(), patience).toBe('//tell nobody');
  await composer(mina).fill('/w joon a secret');
  await composer(mina).press('Enter');
  await mina.page.getByText('An edit cannot whisper.').waitFor();
  await composer(mina).fill('//tell somebody');
  await composer(mina).press('Enter');

  await message(joon, '/tell somebody (edited)').waitFor();
});

test('a wide slash and a capital letter whisper as well', async () => {
  const {mina, joon, minaName, joonName} = people;

  await say(mina, `／W ${joonName} only for you`);

  await isInRoom(mina, joonName);
  await listed(joon, 'Whispers', minaName).click();
  await message(joon, 'only for you', minaName).waitFor();
});
