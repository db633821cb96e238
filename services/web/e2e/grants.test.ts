/** The page does not offer what a product does not allow. */
import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {composer, message, say} from './conversation.ts';
import {openCardOf} from './people.ts';
import type {Person} from './person.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import {chip, pressBeside} from './reactions.ts';
import {Stage} from './stage.ts';

const madang = fileURLToPath(new URL('../../admin/src/main.ts', import.meta.url));

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

async function operate(...args: string[]): Promise<string> {
  const {adminUrl, redisUrl, redisPrefix} = stage.cluster;
  const {PATH} = process.env;
  const env = {PATH, DATABASE_URL: adminUrl, REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix};
  const {stdout} = await promisify(execFile)(process.execPath, [madang, ...args, '--json'], {env});
  return stdout;
}

type Document = {types: {room: {grants: Record<string, string>}}};

async function grant(grants: Record<string, string>): Promise<void> {
  const document = JSON.parse(await operate('policy', 'get', 'default')) as Document;
  Object.assign(document.types.room.grants, grants);
  const folder = await mkdtemp(join(tmpdir(), 'madang-'));
  onTestFinished(() => rm(folder, {recursive: true}));
  const file = join(folder, 'policy.json');
  await writeFile(file, JSON.stringify(document));
  await operate('policy', 'set', 'default', file);
}

test('in a room where only the owner writes and sends files, others see neither field nor button', async () => {
  await grant({send: 'owner', attach: 'owner', edit: 'service', members: 'moderator'});
  const {mina, joon, minaName} = people;
  await meetInRoom(people);
  await say(mina, 'News of today');
  const news = message(joon, 'News of today', minaName);
  await news.waitFor();

  await joon.page.getByText('You can read here, but not write.').waitFor();
  expect(await composer(joon).count()).toBe(0);
  expect(await joon.page.getByRole('button', {name: 'Send an image'}).count()).toBe(0);
  expect(await joon.page.getByRole('button', {name: 'People', exact: true}).count()).toBe(0);
  await news.hover();
  await news.getByRole('button', {name: 'Message menu'}).click();
  await joon.page.getByRole('menuitem', {name: 'Copy', exact: true}).waitFor();
  expect(await joon.page.getByRole('menuitem').allInnerTexts()).toEqual([
    'Copy',
    'Copy the link',
    'Mark as unread from here',
    'Report',
  ]);
  await joon.page.keyboard.press('Escape');
  await pressBeside(mina, 'News of today', 'React with 👍');
  await chip(joon, 'News of today', `👍 1, ${minaName}`).click();
  await joon.page.getByRole('dialog', {name: 'Reactions'}).getByText(minaName).waitFor();
  expect(await news.getByRole('button', {name: /^React with/}).count()).toBe(0);
  await joon.page.keyboard.press('Escape');

  const own = message(mina, 'News of today').first();
  await own.hover();
  await own.getByRole('button', {name: 'Message menu'}).click();
  await mina.page.getByRole('menuitem', {name: 'Delete'}).waitFor();
  expect(await mina.page.getByRole('menuitem', {name: 'Edit'}).count()).toBe(0);
  await mina.page.keyboard.press('Escape');
});

type Meeting = {title: string; roomId: string; other: string};

/** Returns how often a page offers actions outside rooms that a policy may refuse. */
async function offersTo(person: Person, {title, roomId, other}: Meeting) {
  const {page} = person;
  const open = async (path: string) => {
    await person.goTo(path);
    // The list of rooms arrives together with the grants.
    await page.getByRole('navigation').getByRole('link', {name: title}).waitFor();
  };
  await open('/lobby');
  await page.getByRole('heading', {name: 'Lobby'}).waitFor();
  const [room, group, whispers] = await Promise.all([
    page.getByRole('button', {name: 'Create room'}).count(),
    page.getByRole('button', {name: 'Create group'}).count(),
    page.getByText('Press a name to whisper.').count(),
  ]);
  await open(`/rooms/${roomId}`);
  await message(person, 'Hello there', other).waitFor();
  const shown = await openCardOf(person, 'Hello there', other);
  await shown.getByRole('button', {name: 'Mention'}).waitFor();
  const toWhisper = await shown.getByRole('button', {name: 'Whisper', exact: true}).count();
  await page.keyboard.press('Escape');
  if (toWhisper === 0) {
    await say(person, `/w ${other} psst`);
    await page.getByText('There is no command /w.').waitFor();
  }
  await open('/profile');
  await page.getByRole('button', {name: 'Save'}).waitFor();
  const name = await page.getByLabel('Shown name').count();
  return {room, group, whispers, toWhisper: Math.min(toWhisper, 1), name};
}

test('with the community preset people are offered rooms, groups, whispers and their name, with the support preset none of it', async () => {
  const {mina, joon, joonName} = people;
  await operate('policy', 'set', 'default', '--preset', 'community');
  const {title, roomId} = await meetInRoom(people);
  await say(joon, 'Hello there');
  const meeting = {title, roomId, other: joonName};
  await message(mina, 'Hello there', joonName).waitFor();

  const all = {room: 1, group: 1, whispers: 1, toWhisper: 1, name: 1};
  expect(await offersTo(mina, meeting)).toEqual(all);
  await operate('policy', 'set', 'default', '--preset', 'support');
  const none = {room: 0, group: 0, whispers: 0, toWhisper: 0, name: 0};
  // The nodes apply the policy within two seconds, and a page asks when it is loaded.
  await expect.poll(() => offersTo(mina, meeting).catch(String), {timeout: 60_000}).toEqual(none);
}, 120_000);

test('an open page offers a room, a group and a name for as long as the policy lets people have them', async () => {
  const {mina} = people;
  const {page} = mina;
  await operate('policy', 'set', 'default', '--preset', 'community');
  await mina.goTo('/lobby');
  const [room, group] = ['Create room', 'Create group'].map((name) => page.getByRole('button', {name}));
  await Promise.all([room!.waitFor(), group!.waitFor()]);

  await operate('policy', 'set', 'default', '--preset', 'support');
  await Promise.all([room!.waitFor({state: 'detached'}), group!.waitFor({state: 'detached'})]);
  await operate('policy', 'set', 'default', '--preset', 'team');
  await Promise.all([room!.waitFor(), group!.waitFor()]);

  await mina.goTo('/profile');
  await page.getByRole('button', {name: 'Save'}).waitFor();
  expect(await page.getByLabel('Shown name').count()).toBe(0);
  await operate('policy', 'set', 'default', '--preset', 'community');
  await page.getByLabel('Shown name').waitFor();
});
