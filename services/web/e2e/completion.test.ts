import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {violationsIn} from './axe.ts';
import {composer, conversation, message, say} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs} from './entry.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};
const korean = '김한결';

let stage: Stage;
let people: Two;
let title: string;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
  await callAs(people.joon, 'PATCH', '/me', {displayName: korean});
});
beforeEach(async () => {
  ({title} = await meetInRoom(people));
});
afterAll(() => stage.close());

const options = ({page}: Person) => page.getByRole('listbox').getByRole('option');

function textOf(person: Person): Promise<string> {
  return composer(person).inputValue();
}

test('a person, an emoji, a room and a command are completed from one list, by keyboard or by a press', async () => {
  const {mina, joon} = people;
  await composer(mina).pressSequentially('@김');
  await options(mina).filter({hasText: korean}).waitFor();
  const active = await composer(mina).getAttribute('aria-activedescendant');
  await expect(options(mina).first().getAttribute('id')).resolves.toBe(active);
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await composer(mina).press('Enter');
  await expect(textOf(mina)).resolves.toBe(`@${korean} `);
  await composer(mina).pressSequentially('hello :thumbs_');
  await options(mina).filter({hasText: 'thumbs down'}).waitFor();
  await composer(mina).press('ArrowDown');
  await composer(mina).press('Tab');
  await expect(textOf(mina)).resolves.toBe(`@${korean} hello 👎 `);
  await composer(mina).pressSequentially(`#${title.slice(0, 8)}`);
  await options(mina).filter({hasText: title}).click();
  await composer(mina).press('Enter');

  await message(joon, `@${korean} hello 👎 #${title}`)
    .getByRole('link', {name: `#${title}`})
    .waitFor();
  await composer(mina).pressSequentially('/');
  await options(mina).filter({hasText: '/w'}).waitFor();
  await composer(mina).press('Enter');
  await expect(textOf(mina)).resolves.toBe('/w ');
  await composer(mina).fill('');
});

test('Escape closes the list, and the next Enter sends what is there', async () => {
  const {mina, joon} = people;
  await composer(mina).pressSequentially('@김');
  await options(mina).first().waitFor();
  await composer(mina).press('Escape');
  await options(mina).first().waitFor({state: 'detached'});
  await composer(mina).press('Enter');

  await message(joon, '@김').waitFor();
});

test('Enter while a Hangul syllable is composed neither picks nor sends', async () => {
  const {mina, joon} = people;
  const browser = await mina.page.context().newCDPSession(mina.page);
  const pressEnter = (windowsVirtualKeyCode: number) =>
    browser.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Enter',
      code: 'Enter',
      windowsVirtualKeyCode,
    });
  await composer(mina).focus();
  await browser.send('Input.insertText', {text: '@'});
  await options(mina).first().waitFor();

  for (const text of ['ㄱ', '기', '김']) {
    await browser.send('Input.imeSetComposition', {text, selectionStart: 1, selectionEnd: 1});
    await pressEnter(229);
    await pressEnter(13);
    await expect(textOf(mina)).resolves.toBe(`@${text}`);
  }
  // Safari reports the key after the end of the composition.
  await composer(mina).evaluate((field) =>
    field.dispatchEvent(
      new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}),
    ),
  );
  await browser.send('Input.insertText', {text: '김'});
  await expect(textOf(mina)).resolves.toBe('@김');
  await options(mina).filter({hasText: korean}).waitFor();
  await composer(mina).press('Enter');
  await expect(textOf(mina)).resolves.toBe(`@${korean} `);
  await composer(mina).fill('that was all');
  await composer(mina).press('Enter');

  await message(joon, 'that was all').waitFor();
  await expect(conversation(joon).getByRole('article').count()).resolves.toBe(1);
});

test('a name between two colons becomes its emoji, and other colons stay', async () => {
  const {mina} = people;
  await composer(mina).pressSequentially(':thu');
  await options(mina).first().waitFor();
  await composer(mina).pressSequentially('mbs_up: at 10:30: https://a.example:80:');

  await expect(textOf(mina)).resolves.toBe('👍 at 10:30: https://a.example:80:');
  await composer(mina).fill('');
});

test('all emoji can be found, gone through by keys and picked', async () => {
  const {mina, joon} = people;
  const {page} = mina;
  const picker = page.getByRole('dialog', {name: 'All emoji'});
  await composer(mina).fill('so ');
  await page.getByRole('button', {name: 'Emoji'}).click();
  await picker.getByRole('region', {name: 'Faces and people'}).waitFor();
  for (const width of [320, 390, 768, 1280]) {
    await page.setViewportSize({width, height: 800});
    // It follows its button after the window has changed.
    await expect
      .poll(async () => {
        const box = await picker.boundingBox();
        return box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= width;
      }, patience)
      .toBe(true);
  }
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect.poll(() => textOf(mina), patience).toBe('so 😀');

  await picker.waitFor({state: 'detached'});
  await page.getByRole('button', {name: 'Emoji'}).click();
  await picker.getByRole('searchbox').fill('red heart');
  await picker.getByRole('button', {name: 'red heart', exact: true}).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => textOf(mina), patience).toBe('so 😀❤️');
  await composer(mina).press('Enter');
  await message(joon, 'so 😀❤️').waitFor();
});

test('words are formatted by keys and buttons, and a pasted address gets their name', async () => {
  const {mina, joon} = people;
  const {page} = mina;
  const select = (from: number, to: number) =>
    composer(mina).evaluate((field, range) => (field as HTMLTextAreaElement).setSelectionRange(...range), [
      from,
      to,
    ] as [number, number]);
  await composer(mina).fill('bold and soft, see the plan');
  await select(0, 4);
  await page.keyboard.press('Control+b');
  await expect(textOf(mina)).resolves.toBe('**bold** and soft, see the plan');
  await page.getByRole('button', {name: 'Formatting', exact: true}).click();
  await select(13, 17);
  await page.getByRole('button', {name: 'Italic'}).click();
  await expect(textOf(mina)).resolves.toBe('**bold** and _soft_, see the plan');
  await expect(violationsIn(mina)).resolves.toEqual([]);
  await select(25, 33);
  await composer(mina).evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', 'https://a.example/plan');
    field.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
  });
  await expect(textOf(mina)).resolves.toBe('**bold** and _soft_, see [the plan](https://a.example/plan)');
  await page.keyboard.press('Control+z');
  await expect(textOf(mina)).resolves.toBe('**bold** and _soft_, see the plan');
  await page.keyboard.press('Control+Shift+z');
  await composer(mina).press('Enter');

  const link = message(joon, 'bold and soft, see the plan').getByRole('link', {name: 'the plan'});
  await expect(link.getAttribute('href')).resolves.toBe('https://a.example/plan');
});

test('the lists reach beyond no edge at any width', async () => {
  const {mina} = people;
  await say(mina, 'something');
  for (const text of ['@', ':sm', '#', '/']) {
    await composer(mina).fill('');
    await composer(mina).pressSequentially(text);
    await options(mina).first().waitFor();
    await expect(beyondEdges(mina)).resolves.toEqual([]);
    await mina.page.setViewportSize({width: 1280, height: 800});
  }
  await composer(mina).fill('');
});
