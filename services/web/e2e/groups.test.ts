import {afterAll, beforeAll, expect, test} from 'vitest';
import {chooseOfMessage, composer, message, openMenuOfMessage, say} from './conversation.ts';
import {comeIn, newName} from './entry.ts';
import {chooseOfMember, chooseOfRoom, confirm, createGroup, listed} from './groups.ts';
import {isInRoom, lobbyRow, openLobby, sharedPath} from './lobby.ts';
import {openCardOf, pressInCard} from './people.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
afterAll(() => stage.close());

test('someone is added to a private group by name, sees it at once, and talks in it', async () => {
  const {mina, joon, joonName} = people;
  const title = newName('Family');

  await createGroup(mina, title);
  await addToGroup(mina, joonName);
  await listed(joon, 'Groups', title).click();
  await isInRoom(joon, title);
  await say(joon, 'Thank you for having me');

  await message(mina, 'Thank you for having me', joonName).waitFor();
  await openLobby(joon);
  await expect(lobbyRow(joon, title).count()).resolves.toBe(0);
});

async function addToGroup(person: Person, name: string): Promise<void> {
  const {page} = person;
  await chooseOfRoom(person, 'Add people');
  await page.getByRole('dialog').getByLabel('Name').fill(name);
  await page.getByRole('button', {name: `Add ${name}`}).click();
  await page.getByText('Added', {exact: true}).waitFor();
  await page.keyboard.press('Escape');
}

test('a whisper by /w reaches all devices of both, and nobody else', async () => {
  const {mina, joon, minaName, joonName} = people;
  const other = await joon.newTab(stage.nodeUrl(2));
  await other.goTo('/');

  await say(mina, `/w ${joonName} only for you`);

  await message(mina, 'only for you', minaName).waitFor();
  await listed(other, 'Whispers', minaName).click();
  await message(other, 'only for you', minaName).waitFor();
  await listed(joon, 'Whispers', minaName).click();
  await say(joon, 'I keep it');
  await message(other, 'I keep it', joonName).waitFor();
  await message(mina, 'I keep it', joonName).waitFor();
  await mina.page.getByRole('link', {name: /general/}).click();
  await message(mina, 'only for you').waitFor({state: 'detached'});
  // The browser slows down a tab in the background.
  await other.page.close();
});

test('the card behind a name leads to a whisper with that person', async () => {
  const {mina, joon, minaName, joonName} = people;
  await meetInRoom(people);
  await say(joon, 'I said something');

  await openCardOf(mina, 'I said something', joonName);
  await pressInCard(mina, joonName, 'Whisper');
  await isInRoom(mina, joonName);
  await say(mina, 'Quietly');

  await listed(joon, 'Whispers', minaName).click();
  await message(joon, 'Quietly', minaName).waitFor();
});

test('a whisper to somebody who is not there is said so, and stays in the field', async () => {
  const {mina} = people;
  await meetInRoom(people);

  await say(mina, '/w nobody-of-this-name are you there?');

  await mina.page.getByText('Nobody is called “nobody-of-this-name”.').waitFor();
  await expect(composer(mina).inputValue()).resolves.toBe('/w nobody-of-this-name are you there?');
});

test('an owner changes a room, and everybody sees it', async () => {
  const {mina, joon} = people;
  await meetInRoom(people);
  const next = newName('After');

  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByLabel('Title').fill(next);
  await mina.page.getByRole('button', {name: 'Save'}).click();
  await mina.page.getByRole('dialog').waitFor({state: 'detached'});

  await isInRoom(joon, next);
  await listed(joon, 'Rooms', next).waitFor();
});

test('someone who is muted reads along, and speaks again when that is lifted', async () => {
  const {mina, joon, joonName} = people;
  await meetInRoom(people);

  await chooseOfMember(mina, joonName, 'Mute for 10 minutes');
  await joon.page.getByText(/^You are muted until .* You can read along\.$/).waitFor();
  await expect(composer(joon).isDisabled()).resolves.toBe(true);
  await say(mina, 'You hear me still');
  await message(joon, 'You hear me still').waitFor();
  await chooseOfMember(mina, joonName, 'Unmute');

  await say(joon, 'And I can speak');
  await message(mina, 'And I can speak').waitFor();
});

test('what is refused says why in its place, and is sent again by a press', async () => {
  const {mina, joon, joonName} = people;
  const {title, roomId} = await meetInRoom(people);
  const late = await joon.newTab();
  const hold = await holdFrames(late);
  await late.goTo(`/rooms/${roomId}`);
  await isInRoom(late, title);

  const release = hold();
  await say(late, 'Said in time');
  await chooseOfMember(mina, joonName, 'Mute for 10 minutes');
  await joon.page.getByText(/^You are muted until/).waitFor();
  release();
  await late.page.getByText(/^Not sent: You are muted until/).waitFor();
  await chooseOfMember(mina, joonName, 'Unmute');
  await late.page.getByRole('button', {name: 'Try again'}).click();

  await message(mina, 'Said in time', joonName).waitFor();
  await late.page.getByText(/^Not sent/).waitFor({state: 'detached'});
  await expect(message(mina, 'Said in time').count()).resolves.toBe(1);
  await late.page.close();
});

/** Returns a function that holds back everything the page sends. It returns another one, which lets the frames go. */
async function holdFrames({page}: Person): Promise<() => () => void> {
  let gate = Promise.resolve();
  await page.routeWebSocket(/socket\.io/, (toPage) => {
    const toNode = toPage.connectToServer();
    toPage.onMessage((data) => void gate.then(() => toNode.send(data)));
  });
  return () => {
    const {promise, resolve} = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
}

test('a whisper is a notice on the desktop of who asked for that and looks elsewhere', async () => {
  const two = await twoAccounts(stage);
  const {mina, joon, minaName, joonName} = two;
  const tab = await joon.newTab();
  await tab.page.context().grantPermissions(['notifications'], {origin: tab.url});
  await tab.page.addInitScript(() => {
    const shown: string[] = [];
    class Noted extends Notification {
      constructor(title: string, options: NotificationOptions) {
        super(title, options);
        shown.push(`${title}: ${options.body}`);
      }
    }
    Object.assign(globalThis, {Notification: Noted, shown});
  });
  const shown = () => tab.page.evaluate(() => (globalThis as unknown as {shown: string[]}).shown);
  await tab.goTo('/profile');
  const choice = tab.page.getByRole('checkbox', {name: 'Show whispers and mentions on the desktop'});
  await choice.click();
  await expect.poll(() => choice.isChecked()).toBe(true);

  await meetInRoom(people);
  await say(mina, `/w ${joonName} Seen anyway`);
  await listed(tab, 'Whispers', minaName)
    .getByText(/unread$/)
    .waitFor({state: 'attached'});
  await tab.page.evaluate(() => {
    document.hasFocus = () => false;
  });
  await say(mina, 'Look here');

  await expect.poll(shown, {timeout: 5_000}).toEqual([`${minaName}: Look here`]);
  await tab.page.close();
});

test('someone who is removed, banned or in a room that closes is told why', async () => {
  const {mina, joon, joonName} = people;
  const {title} = await meetInRoom(people);

  await chooseOfMember(mina, joonName, 'Remove from the room');
  await joon.page.getByText('You were removed from this room.').waitFor();
  await joon.page.getByRole('button', {name: 'Enter again'}).click();
  await isInRoom(joon, title);
  await chooseOfRoom(mina, 'Room settings');
  await closeTheRoom(mina);

  await joon.page.getByText('This room was closed.').waitFor();
  await expect(listed(joon, 'Rooms', title).count()).resolves.toBe(0);
});

async function closeTheRoom({page}: Person): Promise<void> {
  await page.getByRole('button', {name: 'Close the room'}).click();
  await page.getByText('This cannot be undone.').waitFor();
  await page.getByRole('button', {name: 'Close the room'}).click();
}

test('someone who is banned is told so, and cannot come back by the address', async () => {
  const {mina, joon, joonName} = people;
  await meetInRoom(people);

  await chooseOfMember(mina, joonName, 'Ban from the room');
  await joon.page.getByText('You are banned from this room.').waitFor();
  await joon.goTo(sharedPath(mina));

  await joon.page.getByRole('alert').getByText('You are banned from this room.').waitFor();
});

test('one leaves a room, and its owner hands it over', async () => {
  const {mina, joon, minaName, joonName} = people;
  const {title} = await meetInRoom(people);

  await chooseOfMember(mina, joonName, 'Hand the room over');
  await chooseOfMember(joon, minaName, 'Make plain member');
  await chooseOfRoom(mina, 'Leave the room');

  await mina.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  await expect(listed(mina, 'Rooms', title).count()).resolves.toBe(0);
});

test('a moderator deletes what others said, mutes, removes and bans, and a plain member may none of it', async () => {
  const {mina, joon, minaName, joonName} = people;
  await meetInRoom(people);
  const {sora, soraName} = await enterThird(sharedPath(mina));
  await say(sora, 'something rude');
  await message(joon, 'something rude').waitFor();
  await expect(menuOf(joon, soraName).count()).resolves.toBe(0);
  await expect(entriesOfMessage(joon, 'something rude')).resolves.toEqual([
    'Reply',
    'Reply in thread',
    'Copy',
    'Copy the link',
    'Mark as unread from here',
    'Report',
  ]);

  await chooseOfMember(mina, joonName, 'Make moderator');
  await menuOf(joon, soraName).waitFor();
  await expect(menuOf(joon, minaName).count()).resolves.toBe(0);
  await chooseOfMessage(joon, 'something rude', 'Delete');
  await confirm(joon.page, 'Delete');
  await message(mina, 'This message was deleted.', soraName).waitFor();
  await chooseOfMember(joon, soraName, 'Mute for 10 minutes');
  await sora.page.getByText(/^You are muted until/).waitFor();
  await chooseOfMember(joon, soraName, 'Unmute');
  await say(sora, 'I am sorry');
  await message(joon, 'I am sorry').waitFor();
  await chooseOfMember(joon, soraName, 'Remove from the room');
  await sora.page.getByText('You were removed from this room.').waitFor();
  await sora.page.getByRole('button', {name: 'Enter again'}).click();
  await chooseOfMember(joon, soraName, 'Ban from the room');
  await sora.page.getByText('You are banned from this room.').waitFor();
  await joon.page.getByRole('region', {name: 'Away'}).getByText('banned').waitFor();
  await chooseOfMember(joon, soraName, 'Lift the ban');

  await sora.goTo(sharedPath(mina));
  await say(sora, 'I am back');
  await message(joon, 'I am back').waitFor();
});

test('a moderator of a group adds people to it', async () => {
  const {mina, joon, joonName} = people;
  const title = newName('Choir');
  await createGroup(mina, title);
  await addToGroup(mina, joonName);
  await listed(joon, 'Groups', title).click();
  await isInRoom(joon, title);
  await chooseOfMember(mina, joonName, 'Make moderator');
  const {sora, soraName} = await enterThird('/lobby');

  await addToGroup(joon, soraName);

  await listed(sora, 'Groups', title).click();
  await isInRoom(sora, title);
});

/** One more person, on the third node. */
async function enterThird(path: string): Promise<{sora: Person; soraName: string}> {
  const sora = await stage.enter({at: stage.nodeUrl(2)});
  const soraName = newName('sora');
  await comeIn(sora, soraName, path);
  return {sora, soraName};
}

function menuOf({page}: Person, name: string) {
  return page.getByRole('button', {name: `Menu for ${name}`});
}

async function entriesOfMessage(person: Person, text: string): Promise<string[]> {
  await openMenuOfMessage(person, text);
  const entries = person.page.locator('[role=menu] > [role=menuitem]');
  await entries.first().waitFor();
  const labels = await entries.allTextContents();
  await person.page.keyboard.press('Escape');
  await entries.first().waitFor({state: 'detached'});
  return labels;
}
