import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {composer, message, say} from './conversation.ts';
import {callAs, comeIn, newName} from './entry.ts';
import {isInRoom} from './lobby.ts';
import {meetInRoom} from './meeting.ts';
import type {Person} from './person.ts';
import {
  framesOfGif,
  limitUpload,
  looksOf,
  makeAnimatedPng,
  makeGif,
  makePng,
  picture,
  progressOf,
  sendByButton,
  sendByDrop,
  sendByPaste,
} from './pictures.ts';
import {Stage} from './stage.ts';

let stage: Stage;
/** Two people on different nodes, without a preference for reduced motion. */
let mina: Person;
let joon: Person;
beforeAll(async () => {
  stage = await Stage.open();
  const options = {reducedMotion: 'no-preference'} as const;
  [mina, joon] = [await stage.enter(options), await stage.enter(options)];
  await comeIn(mina, newName('mina'));
  await comeIn(joon, newName('joon'));
});
afterAll(() => stage.close());

const meet = () => meetInRoom({mina, joon, minaName: '', joonName: ''});

test('a picture goes by button, by paste and by drop, and stands in its place for everyone, moving if it moves', async () => {
  await meet();

  await sendByButton(mina, makeGif('waving.gif'));
  await picture(joon, 'waving.gif').waitFor();
  await sendByPaste(mina, makePng('pasted.png'));
  await picture(joon, 'pasted.png').waitFor();
  await sendByDrop(mina, makePng('dropped.png'));
  for (const person of [mina, joon]) {
    await picture(person, 'dropped.png').waitFor();
    await person.page.getByRole('progressbar').waitFor({state: 'detached'});
  }

  // A still thumbnail, and the picture itself on top of it once that is in view.
  const waving = picture(joon, 'waving.gif');
  await waving.locator('img').nth(1).waitFor();
  await expect(looksOf(waving)).resolves.toEqual({width: 48, height: 36, frames: [1, framesOfGif]});
  await expect(looksOf(picture(joon, 'pasted.png'))).resolves.toMatchObject({width: 48, height: 36});
  await waving.click();
  await joon.page.getByRole('dialog', {name: 'waving.gif'}).getByRole('img', {name: 'waving.gif'}).waitFor();
  await joon.page.keyboard.press('Escape');
  await joon.page.getByRole('dialog').waitFor({state: 'detached'});
});

test('nothing moves by itself for who prefers less motion, whatever kind of picture it is', async () => {
  await meet();
  await joon.page.emulateMedia({reducedMotion: 'reduce'});
  const moving = [makeGif('still.gif'), makeAnimatedPng('still.png')];

  for (const sent of moving) {
    await sendByButton(mina, sent);
    await picture(mina, sent.name).waitFor();
    await picture(joon, sent.name).locator('img').first().waitFor();
  }
  // An animated picture is loaded for one of them. By now, it would be loaded for the other one.
  await picture(mina, 'still.png').locator('img').nth(1).waitFor();
  await expect(looksOf(picture(mina, 'still.png'))).resolves.toMatchObject({frames: [1, framesOfGif]});
  for (const {name} of moving)
    await expect(looksOf(picture(joon, name))).resolves.toMatchObject({frames: [1]});

  await joon.page.emulateMedia({reducedMotion: 'no-preference'});
  await picture(joon, 'still.png').locator('img').nth(1).waitFor();
  await expect(looksOf(picture(joon, 'still.png'))).resolves.toMatchObject({frames: [1, framesOfGif]});
});

test('one’s own picture does not move while it is sent where less motion is preferred', async () => {
  await meet();
  await mina.page.emulateMedia({reducedMotion: 'reduce'});
  const release = await limitUpload(mina, 100_000);
  await sendByButton(mina, makeGif('slow.gif', 2_000_000));
  await progressOf(mina, 'slow.gif').waitFor();

  await expect(mina.page.getByRole('img', {name: 'slow.gif'}).count()).resolves.toBe(0);
  await mina.page.getByText('slow.gif').waitFor();

  await mina.page.getByRole('button', {name: 'Do not send slow.gif'}).click();
  await release();
  await mina.page.emulateMedia({reducedMotion: 'no-preference'});
});

test('how far it has come is shown, and it can be called back until it is there', async () => {
  await meet();
  const release = await limitUpload(mina, 200_000);

  await sendByButton(mina, makeGif('long.gif', 2_000_000));
  const progress = progressOf(mina, 'long.gif');
  await waitFor(async () => Number(await progress.getAttribute('value')) > 0, {
    timeoutMs: 15_000,
    what: 'some of it to be sent',
  });
  await mina.page.getByRole('button', {name: 'Do not send long.gif'}).click();
  await progress.waitFor({state: 'detached'});
  await release();
  await say(mina, 'no picture after all');

  await message(joon, 'no picture after all').waitFor();
  await expect(picture(joon, 'long.gif').count()).resolves.toBe(0);
});

test('what is no picture, or too large, is refused in its place with the reason, and nothing else is lost', async () => {
  await meet();
  await say(mina, 'said before');
  await composer(mina).fill('a draft');

  await sendByButton(mina, {name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('only text')});
  await mina.page
    .getByRole('alert')
    .getByText('Not sent: Only GIF, PNG, JPEG and WebP images can be sent.')
    .waitFor();
  await sendByDrop(mina, makePng('fine.png'));
  await picture(joon, 'fine.png').waitFor();
  await sendByButton(mina, makeGif('huge.gif', 5.5 * 1024 * 1024));
  await mina.page.getByText('Not sent: The image is too large: at most 5 MiB.').waitFor();

  await expect(composer(mina).inputValue()).resolves.toBe('a draft');
  await message(mina, 'said before').waitFor();
  for (const count of [1, 0]) {
    await mina.page.getByRole('button', {name: 'Discard'}).first().click();
    await expect.poll(() => mina.page.getByRole('alert').count()).toBe(count);
  }
  await composer(mina).press('Enter');
  await message(joon, 'a draft').waitFor();
});

test('a picture goes with its room', async () => {
  const {roomId} = await meet();
  await sendByButton(mina, makePng('mortal.png'));
  await picture(joon, 'mortal.png').waitFor();
  const {src} = await picture(joon, 'mortal.png')
    .locator('img')
    .last()
    .evaluate((image) => ({src: (image as HTMLImageElement).src}));
  const statusFor = async ({page}: Person) => (await page.request.get(src)).status();
  await expect(statusFor(joon)).resolves.toBe(200);

  await callAs(mina, 'DELETE', `/rooms/${roomId}`, {});

  await joon.page.getByText('This room was closed.').waitFor();
  for (const person of [mina, joon])
    await waitFor(async () => (await statusFor(person)) === 404, {timeoutMs: 10_000, what: 'nothing there'});
  await joon.page.getByRole('link', {name: /general/}).click();
  await isInRoom(joon, 'general');
});
