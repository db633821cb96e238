import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {conversation, line, message, say, sayAtOnce} from './conversation.ts';
import {comeIn, enterAsGuest, newName} from './entry.ts';
import {createRoom, isInRoom, lobbyRow, openLobby, sharedPath} from './lobby.ts';
import type {Person} from './person.ts';
import {Stage} from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

async function twoGuests() {
  const guests = [await stage.enter(), await stage.enter()] as const;
  await Promise.all(guests.map((guest) => enterAsGuest(guest)));
  return guests;
}

test('a room appears in the lobby of others, changes there, and closes soon after the last person has left', async () => {
  const [host, visitor] = await twoGuests();
  const title = newName('Courtyard');

  await createRoom(host, {title, capacity: 4});
  const row = lobbyRow(visitor, title);
  await row.getByText('1/4').waitFor();
  await row.getByText('Open').waitFor({state: 'attached'});
  await row.getByRole('link').click();
  await isInRoom(visitor, title);
  await say(visitor, 'What a nice place');
  await message(host, 'What a nice place').waitFor();
  await openLobby(host);
  await lobbyRow(host, title).getByText('2/4').waitFor();

  await host.page.close();
  await openLobby(visitor);
  await visitor.page.goto('about:blank');
  const witness = await stage.enter();
  await enterAsGuest(witness);
  await openLobby(witness);

  await lobbyRow(witness, title).waitFor({state: 'detached', timeout: 20_000});
});

test('its address can be shared and reloaded', async () => {
  const [host, visitor] = [await stage.enter(), await stage.enter()];
  await enterAsGuest(host);
  const title = newName('Shared');
  await createRoom(host, {title});
  await say(host, 'Come here');

  await enterAsGuest(visitor, sharedPath(host));
  await isInRoom(visitor, title);
  await visitor.page.reload();

  await isInRoom(visitor, title);
  await message(visitor, 'Come here').waitFor();
});

test('a reader who goes up to what was said before they came is there again after another page, and after a reload', async () => {
  const [host, visitor] = await twoGuests();
  await createRoom(host, {title: newName('Old')});
  const texts = Array.from({length: 80}, (_, no) => `said ${no} before you came`);
  await sayAtOnce(host, sharedPath(host).split('/').at(-1)!, texts);
  await visitor.goTo(sharedPath(host));
  await waitFor(() => isInView(visitor, 'said 79 '), {timeoutMs: 10_000, what: 'the newest message'});

  await conversation(visitor).hover();
  const goUp = async () => {
    await visitor.page.mouse.wheel(0, -1_500);
    return isInView(visitor, 'said 0 ');
  };
  await waitFor(goUp, {timeoutMs: 15_000, what: 'the first message', everyMs: 200});
  await openLobby(visitor);
  await visitor.page.goBack();
  await waitFor(() => isInView(visitor, 'said 0 '), {timeoutMs: 10_000, what: 'the same place'});
  await visitor.page.reload();
  await waitFor(() => isInView(visitor, 'said 0 '), {timeoutMs: 10_000, what: 'the same place again'});

  // Rendering again keeps it, and does not break the page.
  await say(host, 'one more');
  await visitor.page.getByRole('button', {name: '1 new'}).waitFor();
  await expect(isInView(visitor, 'said 0 ')).resolves.toBe(true);
});

async function isInView(person: Person, text: string): Promise<boolean> {
  const log = await conversation(person).boundingBox();
  const box = (await message(person, text).count()) === 1 && (await message(person, text).boundingBox());
  if (!log || !box) return false;
  return box.y >= log.y && box.y + box.height <= log.y + log.height;
}

test('a password is asked by a dialog, which says when it is wrong, and is in no address', async () => {
  const [host, visitor] = await twoGuests();
  const title = newName('Locked');
  await createRoom(host, {title, password: 'open sesame'});

  await lobbyRow(visitor, title).getByRole('link').click();
  const dialog = visitor.page.getByRole('dialog');
  await dialog.getByLabel('Password of the room').fill('open barley');
  await dialog.getByRole('button', {name: 'Enter'}).click();
  await dialog.getByText('The password is wrong.').waitFor();
  await expect(dialog.getByLabel('Password of the room').inputValue()).resolves.toBe('open barley');
  await dialog.getByLabel('Password of the room').fill('open sesame');
  await dialog.getByRole('button', {name: 'Enter'}).click();

  await isInRoom(visitor, title);
  expect(visitor.page.url()).not.toContain('sesame');
  const logs = stage.cluster.gateways.map((gateway) => gateway.logs()).join('');
  expect(logs).not.toContain('sesame');
});

test('a full room and one that does not exist say so in place, in the words of the language', async () => {
  const [host, second] = await twoGuests();
  const title = newName('Small');
  await createRoom(host, {title, capacity: 2});
  await lobbyRow(second, title).getByRole('link').click();
  await isInRoom(second, title);

  const third = await stage.enter({locale: 'ko-KR'});
  await third.goTo(sharedPath(host));
  await third.page.getByRole('button', {name: '손님으로 들어가기'}).click();
  await third.page.getByRole('alert').getByText('허용 인원이 초과하였습니다.').waitFor();
  await third.goTo('/rooms/01990000-0000-7000-8000-000000000000');
  await third.page.getByRole('alert').getByText('존재하지 않는 방입니다.').waitFor();
  await second.goTo('/rooms/no-room-at-all');
  await second.page.getByRole('alert').getByText('This room does not exist.').waitFor();
});

test('who joins and leaves is told as a line, in Korean with the words of the original', async () => {
  const [host, visitor] = [await stage.enter({locale: 'ko-KR'}), await stage.enter()];
  const [hostName, name] = [newName('mina'), newName('joon')];
  await comeIn(host, hostName);
  await comeIn(visitor, name);
  const title = newName('Lines');
  await createRoom(visitor, {title, keep: true});

  await host.goTo(sharedPath(visitor));
  await isInRoom(host, title);
  await line(visitor, `${hostName} has joined.`).waitFor();
  await openLobby(visitor);
  await visitor.page.goto('about:blank');
  await line(host, `${name}님이 퇴장하셨습니다.`).waitFor({timeout: 20_000});
  await visitor.goTo(sharedPath(host));

  await line(host, `${name}님이 입장하셨습니다.`).waitFor();
});

test('however long names and titles are, nothing in the list of rooms is pushed over its edge', async () => {
  const host = await stage.enter();
  await comeIn(host, newName('a-name-of-many-letters'));
  await createRoom(host, {title: newName('A room with a title that hardly fits on any line of any list')});

  const beyond = await host.page.getByRole('navigation').evaluate((rail) => {
    const edge = rail.getBoundingClientRect().right;
    const all = [...rail.querySelectorAll('button, a, li, p')];
    return all.filter((part) => part.getBoundingClientRect().right > edge).map((part) => part.outerHTML);
  });
  expect(beyond).toEqual([]);
});

test('as bubbles, mine, those of others and lines of the system look different', async () => {
  const [host, visitor] = await twoGuests();
  const title = newName('Looks');
  await createRoom(host, {title});
  await host.page.evaluate(() => localStorage.setItem('madang.layout.room', 'bubbles'));
  await host.page.reload();
  await isInRoom(host, title);
  await lobbyRow(visitor, title).getByRole('link').click();
  await isInRoom(visitor, title);
  await say(host, 'by the host');
  await say(visitor, 'by the visitor');
  await message(host, 'by the visitor').waitFor();

  const [mine, theirs] = await Promise.all(
    ['by the host', 'by the visitor'].map((text) => message(host, text).getByText(text).boundingBox()),
  );
  const system = host.page.getByText(/ has joined\.$/);
  await waitFor(() => mine && theirs && mine.x > theirs.x + 100, {
    timeoutMs: 1_000,
    what: 'mine to be right',
  });
  await system.waitFor();
  await expect(system.evaluate((each) => getComputedStyle(each).textAlign)).resolves.toBe('center');
});
