import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {chooseOfMessage, composer, conversation, message, say} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {comeIn, newName} from './entry.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {chip, newestSeq, pressBeside, reactAtOnce} from './reactions.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};
const twenty = Array.from('😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😋😛');

let stage: Stage;
let people: Two;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  for (const {page} of [people.mina, people.joon]) await page.setViewportSize({width: 1280, height: 800});
  ({roomId} = await meetInRoom(people));
});
afterAll(() => stage.close());

const picker = ({page}: Person) => page.getByRole('dialog', {name: 'All emoji'});

test('an emoji is under the message for everybody, with who reacted, until they take it back', async () => {
  const {mina, joon, minaName, joonName} = people;
  await say(mina, 'We meet at ten');
  await message(joon, 'We meet at ten').waitFor();
  const tab = await joon.newTab();
  await tab.goTo(`/rooms/${roomId}`);

  await pressBeside(mina, 'We meet at ten', 'React with 👍');
  await chip(mina, 'We meet at ten', '👍 1, you').waitFor();
  await chip(joon, 'We meet at ten', `👍 1, ${minaName}`).click();
  await chip(joon, 'We meet at ten', `👍 2, you and ${minaName}`).waitFor();
  await chip(mina, 'We meet at ten', `👍 2, you and ${joonName}`).waitFor();
  const onTab = chip(tab, 'We meet at ten', `👍 2, you and ${minaName}`);
  await expect.poll(() => onTab.getAttribute('aria-pressed'), patience).toBe('true');

  await chip(mina, 'We meet at ten', /^👍 2/).click();
  await chip(tab, 'We meet at ten', '👍 1, you').click();
  await chip(joon, 'We meet at ten', /👍/).waitFor({state: 'detached'});
  await expect(message(mina, 'We meet at ten').getByText('(edited)').count()).resolves.toBe(0);
  await tab.page.close();
  // A browser hardly draws a tab that is behind another.
  await joon.page.bringToFront();
});

test('any emoji is found in the picker, which the message keeps beside it', async () => {
  const {mina, joon, joonName} = people;
  await say(mina, 'The harvest is in');
  await message(joon, 'The harvest is in').waitFor();

  await pressBeside(joon, 'The harvest is in', 'Add a reaction');
  await picker(joon).getByRole('searchbox').fill('party popper');
  await picker(joon).getByRole('button', {name: 'party popper', exact: true}).waitFor();
  await joon.page.keyboard.press('Enter');

  await chip(mina, 'The harvest is in', `🎉 1, ${joonName}`).waitFor();
  await picker(joon).waitFor({state: 'detached'});
  await chip(joon, 'The harvest is in', 'Add a reaction').click();
  await picker(joon).getByRole('region', {name: 'Faces and people'}).waitFor();
  await joon.page.keyboard.press('Escape');
  await picker(joon).waitFor({state: 'detached'});
});

test('on a message, R replies, E edits and + reacts, also where the keyboard writes Hangul', async () => {
  const {mina} = people;
  const {page} = mina;
  await say(mina, 'First words');
  await message(mina, 'First words').waitFor();
  const own = message(mina, 'First words').first();

  for (const key of ['r', 'ㄱ']) {
    await own.focus();
    await own.evaluate(
      (element, pressed) =>
        element.dispatchEvent(
          new KeyboardEvent('keydown', {key: pressed, code: 'KeyR', bubbles: true, cancelable: true}),
        ),
      key,
    );
    await page.getByRole('button', {name: 'Do not reply'}).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', {name: 'Do not reply'}).waitFor({state: 'detached'});
  }
  await own.focus();
  await page.keyboard.press('r');
  await page.getByRole('button', {name: 'Do not reply'}).waitFor();
  await expect(composer(mina).inputValue()).resolves.toBe('');
  await composer(mina).press('Escape');
  await own.focus();
  await page.keyboard.press('e');
  await expect.poll(() => composer(mina).inputValue(), patience).toBe('First words');
  await composer(mina).press('Escape');
  await own.focus();
  await page.keyboard.press('+');
  await picker(mina).getByRole('searchbox').fill('red heart');
  await picker(mina).getByRole('button', {name: 'red heart', exact: true}).click();

  await chip(mina, 'First words', '❤️ 1, you').waitFor();
  await expect.poll(() => own.evaluate((element) => document.activeElement === element), patience).toBe(true);
});

test('the menu reacts, too, and lists who reacted, emoji by emoji', async () => {
  const {mina, joon, minaName, joonName} = people;
  await say(mina, 'A long day');
  await message(joon, 'A long day').waitFor();
  await chooseOfMessage(joon, 'A long day', 'React with 😢');
  await chip(joon, 'A long day', '😢 1, you').waitFor();
  await pressBeside(mina, 'A long day', 'React with ❤️');
  await chip(joon, 'A long day', `❤️ 1, ${minaName}`).waitFor();

  await chooseOfMessage(mina, 'A long day', 'Who reacted');
  const dialog = mina.page.getByRole('dialog', {name: 'Reactions'});
  await dialog.getByRole('list', {name: '😢'}).getByText(joonName).waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await dialog.getByRole('button', {name: '❤️ 1'}).click();
  await dialog.getByRole('list', {name: '❤️'}).getByText(minaName).waitFor();
  await mina.page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
});

test('the name of somebody whom the page has not met is asked for when one points at their emoji', async () => {
  const {mina} = people;
  const sora = await stage.enter({at: stage.nodeUrl(2)});
  const soraName = newName('sora');
  await say(mina, 'Who was here?');
  await comeIn(sora, soraName, `/rooms/${roomId}`);
  await conversation(sora).waitFor();
  await reactAtOnce(sora, roomId, await newestSeq(mina, roomId), '👀');
  await sora.leave();
  await mina.page.reload();

  const eyes = chip(mina, 'Who was here?', /^👀 1/);
  await eyes.hover();
  await chip(mina, 'Who was here?', `👀 1, ${soraName}`).waitFor();
  await expect(eyes.getAttribute('title')).resolves.toBe(soraName);
});

test('a reaction that the server refuses is gone again, with the reason', async () => {
  const {mina, joon} = people;
  await say(mina, 'Choose one');
  await message(joon, 'Choose one').waitFor();
  const seq = await newestSeq(mina, roomId);
  for (const emoji of twenty) await reactAtOnce(joon, roomId, seq, emoji);
  await chip(mina, 'Choose one', /^😛 1/).waitFor();

  await pressBeside(mina, 'Choose one', 'React with 👍');

  await mina.page
    .getByRole('alert')
    .getByText('This message has as many different emoji as it can.')
    .waitFor();
  await expect(chip(mina, 'Choose one', /^👍/).count()).resolves.toBe(0);
});

test.each(['rows', 'comfortable', 'bubbles'])(
  '%s: many emoji reach beyond no edge, and axe finds nothing serious',
  async (layout) => {
    const {mina, joon} = people;
    await say(mina, 'Said by Mina');
    await message(joon, 'Said by Mina').waitFor();
    await say(joon, 'Said by Joon');
    await message(mina, 'Said by Joon').waitFor();
    const seq = await newestSeq(joon, roomId);
    for (const emoji of twenty) await reactAtOnce(mina, roomId, seq, emoji);
    await pressBeside(mina, 'Said by Mina', 'React with 👍');
    await joon.page.evaluate((chosen) => localStorage.setItem('madang.layout.room', chosen), layout);
    await joon.page.reload();
    await chip(joon, 'Said by Joon', /^😛 1/).waitFor();
    await chip(joon, 'Said by Mina', /^👍 1/).click();
    await chip(joon, 'Said by Mina', /^👍 2/).waitFor();

    await expect(violationsIn(joon)).resolves.toEqual([]);
    await expect(beyondEdges(joon)).resolves.toEqual([]);
  },
);

test('what one reads stays where it is when somebody reacts to a message above it', async () => {
  const {mina, joon} = people;
  const texts = Array.from({length: 60}, (_, no) => `line number ${no} of many`);
  const room = await meetInRoom(people, texts);
  await message(joon, 'line number 59 ').waitFor();
  await joon.page.reload();
  await message(joon, 'line number 59 ').waitFor();
  await conversation(joon).evaluate(async (log) => {
    log.scrollTop -= 200;
    // The list notes where the reader is before the next frame.
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });
  const seq = (await newestSeq(mina, room.roomId)) - 44;
  const top = async () => (await message(joon, 'line number 30 ').boundingBox())!.y;
  const before = await top();

  await reactAtOnce(mina, room.roomId, seq, '👍');

  await chip(joon, 'line number 15 ', /^👍 1/).waitFor({state: 'attached'});
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(2);
});

test('in Korean the buttons and names are Korean', async () => {
  const guest = await stage.enter({locale: 'ko-KR', at: stage.nodeUrl(2)});
  const name = newName('하람');
  await say(people.mina, '반가워요');
  await comeIn(guest, name, `/rooms/${roomId}`);
  const greeting = message(guest, '반가워요');
  await greeting.hover();
  await greeting.getByRole('button', {name: '👍 반응 남기기'}).click();

  await greeting.getByRole('group', {name: '반응'}).getByRole('button', {name: '👍 1, 나'}).waitFor();
  await chip(people.mina, '반가워요', `👍 1, ${name}`).waitFor();
  await guest.leave();
});
