/** Actions that cannot be undone ask first, and actions that are not allowed are not offered. */
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {composer, conversation, message, say} from './conversation.ts';
import {callAs, comeIn, enterAsGuest, newName, PASSWORD} from './entry.ts';
import {chooseOfMember, chooseOfRoom, confirm} from './groups.ts';
import {createRoom, isInRoom, lobbyRow, openLobby} from './lobby.ts';
import {meetInRoom, twoAccounts, type Two} from './meeting.ts';
import type {Person} from './person.ts';
import {sendByDrop} from './pictures.ts';
import {Stage} from './stage.ts';

/** A busy machine may need this long to show a change. */
const patience = {timeout: 10_000};

let stage: Stage;
let people: Two;
beforeAll(async () => {
  stage = await Stage.open();
  people = await twoAccounts(stage);
});
beforeEach(async () => {
  await meetInRoom(people);
});
afterAll(() => stage.close());

async function entriesFor(person: Person, name: string): Promise<string[]> {
  await person.page.getByRole('button', {name: `Menu for ${name}`}).click();
  const parts = person.page.getByRole('menu').locator('[role=menuitem], [role=separator]');
  await parts.first().waitFor();
  const labels = await parts.evaluateAll((all) => all.map((part) => part.textContent || '—'));
  await person.page.keyboard.press('Escape');
  await parts.first().waitFor({state: 'detached'});
  return labels;
}

test('what is hard to take back stands apart in the menu of a person', async () => {
  const {mina, joonName} = people;

  await expect(entriesFor(mina, joonName)).resolves.toEqual([
    'Mute for 10 minutes',
    'Make moderator',
    '—',
    'Hand the room over',
    'Remove from the room',
    'Ban from the room',
  ]);
});

test.each(['Hand the room over', 'Remove from the room', 'Ban from the room'])(
  '%s asks first, and nothing happens when that is cancelled',
  async (entry) => {
    const {mina, joon, joonName} = people;
    const {page} = mina;
    await page.getByRole('button', {name: `Menu for ${joonName}`}).click();
    await page.getByRole('menuitem', {name: entry}).click();
    await page.getByRole('dialog').getByText(joonName).waitFor();

    // The focus is on the harmless button.
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({state: 'detached'});

    await say(joon, 'I am still here');
    await message(mina, 'I am still here').waitFor();
    await page.getByRole('button', {name: `Menu for ${joonName}`}).waitFor();
  },
);

test('so does closing a room', async () => {
  const {mina, joon} = people;
  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByRole('button', {name: 'Close the room'}).dblclick();
  await mina.page.getByRole('dialog').getByText('This cannot be undone.').waitFor();
  await say(joon, 'It is open still');
  await message(joon, 'It is open still').waitFor();
  await confirm(mina.page, 'Close the room');

  await joon.page.getByText('This room was closed.').waitFor();
});

test('with someone who is banned there is one thing to do', async () => {
  const {mina, joon, joonName} = people;

  await chooseOfMember(mina, joonName, 'Ban from the room');
  await joon.page.getByText('You are banned from this room.').waitFor();
  await mina.page.getByRole('region', {name: 'Away'}).getByText('banned').waitFor();

  await expect(entriesFor(mina, joonName)).resolves.toEqual(['Lift the ban']);
});

test('a full room says so and asks for no password', async () => {
  const {mina, joon} = people;
  const third = await stage.enter();
  await comeIn(third, newName('sora'));
  const locked = newName('Locked');
  await createRoom(mina, {title: locked, capacity: 2, password: 'open sesame'});
  const roomId = new URL(mina.page.url()).pathname.split('/').at(-1)!;
  await callAs(joon, 'POST', `/rooms/${roomId}/join`, {password: 'open sesame'});

  await third.goTo(`/rooms/${roomId}`);
  await third.page.getByRole('alert').getByText('The room is full.').waitFor();

  await expect(third.page.getByLabel('Password of the room').count()).resolves.toBe(0);
});

test('a wrong password leaves the cursor in its field', async () => {
  const {mina, joon} = people;
  const locked = newName('Locked');
  await createRoom(mina, {title: locked, password: 'open sesame'});
  await openLobby(joon);
  await lobbyRow(joon, locked).getByRole('link').click();
  const field = joon.page.getByLabel('Password of the room');
  await field.fill('wrong password');
  await joon.page.getByRole('button', {name: 'Enter', exact: true}).click();
  await joon.page.getByText('The password is wrong.').waitFor();

  await expect.poll(() => hasFocus(field), patience).toBe(true);
  await field.fill('open sesame');
  await joon.page.keyboard.press('Enter');
  await isInRoom(joon, locked);
});

test('so does a wrong password of an account, and a wrong present one', async () => {
  const visitor = await stage.enter();
  await visitor.goTo('/sign-in');
  await visitor.page.getByLabel('Name', {exact: true}).fill(people.minaName);
  const password = visitor.page.getByLabel('Password', {exact: true});
  await password.fill('not the password');
  await visitor.page.getByRole('button', {name: 'Sign in', exact: true}).click();
  await visitor.page.getByText('The name or the password is wrong.').waitFor();
  await expect.poll(() => hasFocus(password), patience).toBe(true);

  await people.joon.goTo('/profile');
  const current = people.joon.page.getByLabel('Current password');
  await current.fill('not the password');
  await people.joon.page.getByLabel('New password').fill('another long password');
  await people.joon.page.getByRole('button', {name: 'Change password'}).click();
  await people.joon.page.getByText('The current password is wrong.').waitFor();
  await expect.poll(() => hasFocus(current), patience).toBe(true);
});

function hasFocus(field: ReturnType<typeof composer>): Promise<boolean> {
  return field.evaluate((element) => element === document.activeElement);
}

test('an ordinary room of an account has no limit and stays; one that closes when empty says so', async () => {
  const {mina} = people;
  const ordinary = newName('Ordinary');
  await openLobby(mina);
  await mina.page.getByRole('button', {name: 'Create room'}).click();
  await mina.page.getByLabel('Title').fill(ordinary);
  await mina.page.getByRole('button', {name: 'Create', exact: true}).click();
  await isInRoom(mina, ordinary);
  const roomId = new URL(mina.page.url()).pathname.split('/').at(-1)!;
  const {room} = await callAs<{room: object}>(mina, 'GET', `/rooms/${roomId}`);
  expect(room).toMatchObject({ephemeral: false});
  expect(room).not.toHaveProperty('capacity');

  const guest = await stage.enter();
  await enterAsGuest(guest);
  await openLobby(guest);
  await guest.page.getByRole('button', {name: 'Create room'}).click();
  await guest.page.getByText(/^A guest’s room closes, and its messages are deleted/).waitFor();
  await guest.page.getByLabel('Title').fill(newName('Short'));
  await guest.page.getByRole('button', {name: 'Create', exact: true}).click();

  await guest.page.getByRole('main').getByText('1 user online · closes when empty').waitFor();
});

test('whatever is dropped wherever, the page stays, and what cannot be sent says so and offers no second try', async () => {
  const {mina, joon} = people;
  const pdf = {name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7')};
  await sendByDrop(mina, pdf);
  await mina.page.getByText('Not sent: Only GIF, PNG, JPEG and WebP images can be sent.').waitFor();
  await expect(mina.page.getByRole('button', {name: 'Try again'}).count()).resolves.toBe(0);
  await mina.page.getByRole('button', {name: 'Discard'}).click();

  await dropOn(mina, 'main header', {'text/plain': 'dropped words'});
  await expect(composer(mina).inputValue()).resolves.toBe('dropped words');
  await composer(mina).fill('');
  for (const place of ['nav', 'aside']) {
    await expect(dropOn(mina, place, {'text/uri-list': 'https://a.example/'})).resolves.toBe(true);
    await mina.page.getByText('Nothing can be dropped here.').waitFor();
    await mina.page.getByRole('alert').getByRole('button', {name: 'Close'}).click();
  }
  const visitor = await stage.enter();
  await visitor.goTo('/');
  await visitor.page.getByRole('heading', {name: 'Come in.'}).waitFor();
  await expect(dropOn(visitor, 'main', {}, 'a.pdf')).resolves.toBe(true);
  await visitor.page.getByText('Nothing can be dropped here.').waitFor();

  await say(mina, 'still here');
  await message(joon, 'still here').waitFor();
  await expect(conversation(joon).getByRole('article').count()).resolves.toBe(1);
});

/** Drops on the first matching element. Returns whether the page, and not the browser, has handled it. */
function dropOn(
  {page}: Person,
  selector: string,
  texts: Record<string, string>,
  file?: string,
): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate(
      (element, {texts: entries, file: name}) => {
        const dataTransfer = new DataTransfer();
        for (const [type, text] of Object.entries(entries)) dataTransfer.setData(type, text);
        if (name !== undefined) dataTransfer.items.add(new File(['%PDF'], name, {type: 'application/pdf'}));
        const drop = new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true});
        element.dispatchEvent(new DragEvent('dragover', {dataTransfer, bubbles: true, cancelable: true}));
        return !element.dispatchEvent(drop);
      },
      {texts, file},
    );
}

test('what someone muted drops is not sent, and says why', async () => {
  const {mina, joon, joonName} = people;
  await chooseOfMember(mina, joonName, 'Mute for 10 minutes');
  await joon.page.getByText(/^You are muted until .* You can read along\.$/).waitFor();

  await sendByDrop(joon, {name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('any')});

  await joon.page.getByText(/^Not sent: You are muted until/).waitFor();
});

test('a message keeps the name it was sent under, with the present one beside it', async () => {
  const {mina, joon, minaName} = people;
  await say(mina, 'under my old name');
  await message(joon, 'under my old name', minaName).waitFor();

  await callAs(mina, 'PATCH', '/me', {displayName: 'Mina of the courtyard'});
  await say(mina, 'under my new name');
  await message(joon, 'under my new name', 'Mina of the courtyard').waitFor();

  await message(joon, 'under my old name', minaName).getByText('now Mina of the courtyard').waitFor();
  await expect(
    message(joon, 'under my new name').getByText('now Mina of the courtyard').count(),
  ).resolves.toBe(0);
});

test('those who are shown by the same name have what they sign in with beside it, and nobody else has', async () => {
  const {mina} = people;
  const [shown, one, other] = [newName('Kim'), newName('one'), newName('other')];
  const comeInAs = async (username: string, displayName: string) => {
    const person = await stage.enter();
    await callAs(person, 'POST', '/auth/register', {username, password: PASSWORD, displayName});
    await person.goTo(new URL(mina.page.url()).pathname);
    await composer(person).waitFor();
    return person;
  };
  const inPanel = (...names: string[]) =>
    mina.page.getByRole('complementary').getByRole('button', {name: new RegExp(`^${names.join('\\s*')}`)});
  const first = await comeInAs(one, shown);
  await say(first, 'said by one');
  await message(mina, 'said by one', shown).waitFor();
  await inPanel(shown).waitFor();
  await expect(mina.page.getByText(one, {exact: true}).count()).resolves.toBe(0);

  await comeInAs(other, shown.toUpperCase());

  await message(mina, 'said by one').getByText(one, {exact: true}).waitFor();
  await inPanel(shown, one).waitFor();
  await inPanel(shown.toUpperCase(), other).waitFor();
});
