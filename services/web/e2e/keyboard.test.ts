import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, conversation, message, say} from './conversation.ts';
import {isInRoom} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
let title: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  ({title} = await meetInRoom(people));
});
afterAll(() => stage.close());

/** Returns the focused element, as a screen reader reads it. */
function focused({page}: Person): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
  });
}

test('arrow keys choose among the rooms and people found, and Enter leads there', async () => {
  const {mina} = people;
  const {page} = mina;
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox');
  await field.waitFor();
  const chosen = () => page.getByRole('option', {selected: true}).innerText();
  const first = await chosen();
  await expect(field.getAttribute('aria-activedescendant')).resolves.toBe(
    await page.getByRole('option', {selected: true}).getAttribute('id'),
  );

  await page.keyboard.press('ArrowDown');
  const second = await chosen();
  expect(second).not.toBe(first);
  await page.keyboard.press('ArrowUp');
  await expect(chosen()).resolves.toBe(first);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  await expect(chosen()).resolves.toBe(first);
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await field.fill('gener');
  await page.getByRole('option', {name: 'general', selected: true}).waitFor();
  await page.keyboard.press('Enter');

  await isInRoom(mina, 'general');
});

test('Enter while a syllable is composed chooses nothing', async () => {
  const {mina} = people;
  const browser = await mina.page.context().newCDPSession(mina.page);
  await mina.page.keyboard.press('Control+k');
  await mina.page.getByRole('combobox').waitFor();

  for (const windowsVirtualKeyCode of [229, 13]) {
    await browser.send('Input.imeSetComposition', {text: 'ㅇ', selectionStart: 1, selectionEnd: 1});
    const key = {key: 'Enter', code: 'Enter', windowsVirtualKeyCode} as const;
    await browser.send('Input.dispatchKeyEvent', {type: 'rawKeyDown', ...key});
  }
  // Safari reports the key after the end of the composition.
  await mina.page
    .getByRole('combobox')
    .evaluate((field) =>
      field.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}),
      ),
    );

  await expect(mina.page.getByRole('combobox').count()).resolves.toBe(1);
  await isInRoomBehind(mina);
  await browser.send('Input.insertText', {text: '아'});
  // The dialog ignores Escape until a timer has seen the composition end.
  await expect
    .poll(async () => {
      await mina.page.keyboard.press('Escape');
      return mina.page.getByRole('dialog').count();
    }, patience)
    .toBe(0);
});

async function isInRoomBehind({page}: Person): Promise<void> {
  await page.locator('h1', {hasText: title}).waitFor({state: 'attached'});
}

test('the messages are one tab stop; up and down go through them, right and left within', async () => {
  const {mina, joon, joonName} = people;
  for (const text of ['first https://a.example/', 'second', 'third']) await say(joon, text);
  await message(mina, 'third').waitFor();
  const {page} = mina;
  await composer(mina).focus();

  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect.poll(() => focused(mina), patience).toContain('third');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(focused(mina)).resolves.toContain('first');
  await page.keyboard.press('ArrowRight');
  await expect(focused(mina)).resolves.toBe(joonName);
  await page.keyboard.press('ArrowRight');
  await expect(focused(mina)).resolves.toBe('https://a.example/');
  await page.keyboard.press('ArrowRight');
  await expect(focused(mina)).resolves.toBe('React with 👍');
  await page.keyboard.press('Escape');
  await expect(focused(mina)).resolves.toContain('first');
  await page.keyboard.press('End');
  await expect(focused(mina)).resolves.toContain('third');
  await page.keyboard.press('Home');
  await expect(focused(mina)).resolves.toContain('first');
  await expect(violationsIn(mina)).resolves.toEqual([]);

  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', {name: 'Reply', exact: true}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({state: 'detached'});
  await expect.poll(() => focused(mina), patience).toContain('first');
  await page.keyboard.press('Tab');
  await expect(conversation(mina).evaluate((log) => log.contains(document.activeElement))).resolves.toBe(
    false,
  );
});

test('? lists the shortcuts, and is a letter where one writes', async () => {
  const {mina} = people;
  const {page} = mina;
  await composer(mina).focus();
  await page.keyboard.type('really?');
  await expect(composer(mina).inputValue()).resolves.toBe('really?');
  await composer(mina).fill('');
  await page.getByRole('button', {name: 'Room menu'}).focus();

  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', {name: 'Keyboard shortcuts'});
  await dialog.getByText('Jump to a room or person').waitFor();
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({state: 'detached'});
  await expect.poll(() => focused(mina), patience).toBe('Room menu');
});
