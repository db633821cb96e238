import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {composer, conversation, message, say, sayAtOnce} from './conversation.ts';
import {beyondEdges} from './edges.ts';
import {callAs, comeIn, newName} from './entry.ts';
import {chooseOfRoom} from './groups.ts';
import {openLobby} from './lobby.ts';
import type {Person} from './person.ts';
import {picture, sendByButton} from './pictures.ts';
import {openProduct} from './product.ts';
import {Stage} from './stage.ts';
import {address, landscape, longLine, titles, word, worst} from './worst-content.ts';

let stage: Stage;
let mina: Person;
let joon: Person;
let roomId: string;
beforeAll(async () => {
  stage = await Stage.open();
  [mina, joon] = [await stage.enter(), await stage.enter()];
  await comeIn(mina, newName('mina'));
  await comeIn(joon, `${'w'.repeat(25)}-${randomUUID().slice(0, 6)}`);
  await callAs(mina, 'PATCH', '/me', {displayName: 'M'.repeat(32)});
  const rooms = [];
  for (const title of titles)
    rooms.push(
      await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', {
        title,
        ephemeral: false,
        clientId: randomUUID(),
      }),
    );
  roomId = rooms[0]!.room.id;
  await sayAtOnce(mina, roomId, worst);
  await callAs(joon, 'POST', `/rooms/${roomId}/join`, {});
  await callAs(joon, 'POST', '/direct', {userId: await idOf(mina)}).then(async (state) => {
    const {room} = state as {room: {id: string}};
    await sayAtOnce(joon, room.id, [longLine]);
  });
  for (const replyTo of [1, 3])
    await callAs(joon, 'POST', `/rooms/${roomId}/messages`, {
      clientId: randomUUID(),
      text: word.repeat(3),
      replyTo,
    });
}, 120_000);
beforeEach(() => mina.page.setViewportSize({width: 1280, height: 800}));
afterAll(() => stage.close());

async function idOf(person: Person): Promise<string> {
  return (await callAs<{user: {id: string}}>(person, 'GET', '/me')).user.id;
}

test('a room with the worst that people can write keeps within its edges at every width', async () => {
  await mina.goTo(`/rooms/${roomId}`);
  await conversation(mina).waitFor();
  await sendByButton(mina, await landscape(mina));
  await picture(mina, 'a-file-name').waitFor();
  await joon.page.setViewportSize({width: 320, height: 800});
  await joon.goTo(`/rooms/${roomId}`);
  await picture(joon, 'a-file-name').waitFor();
  await message(joon, '가나다라마바사').waitFor();

  const field = joon.page.getByRole('textbox', {name: 'Message', exact: true});
  await expect(field.evaluate(({clientHeight}) => clientHeight)).resolves.toBeLessThan(50);
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await conversation(joon).evaluate((log) => log.scrollTo({top: 0}));
  await expect(beyondEdges(joon)).resolves.toEqual([]);
});

test('so do a reply to it, its picture, and the people beside it', async () => {
  const {page} = joon;
  await page.setViewportSize({width: 1280, height: 800});
  await message(joon, word.slice(0, 30)).first().hover();
  await message(joon, word.slice(0, 30)).first().getByRole('button', {name: 'Reply', exact: true}).click();
  await page.getByText('Reply to MMM').waitFor();
  await page.getByRole('textbox', {name: 'Message', exact: true}).fill(word.repeat(8));
  await expect(beyondEdges(joon)).resolves.toEqual([]);

  await picture(joon, 'a-file-name').click();
  await page.getByRole('dialog').waitFor();
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await page.setViewportSize({width: 390, height: 800});
  await page.getByRole('button', {name: 'People'}).click();
  await page.getByRole('complementary', {name: 'People'}).waitFor();

  await expect(beyondEdges(joon)).resolves.toEqual([]);
});

test('so do the lists of rooms, the settings, and the ways to find and make a room', async () => {
  const {page} = mina;
  await mina.goTo(`/rooms/${roomId}`);
  await chooseOfRoom(mina, 'Room settings');
  await page.getByRole('dialog').waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});

  await page.setViewportSize({width: 1280, height: 800});
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await page.keyboard.press('Escape');
  await page.setViewportSize({width: 1280, height: 800});
  await openLobby(mina);
  await page.getByRole('main').getByText(titles[0]!).waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await mina.goTo('/rooms');
  await page.getByRole('navigation').getByText(titles[0]!).waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await mina.goTo('/profile');
  await page.getByRole('heading', {name: 'Profile'}).waitFor();

  await expect(beyondEdges(mina)).resolves.toEqual([]);
});

test('so do questions and refusals that repeat what people wrote, and who is typing', async () => {
  const {page} = joon;
  await joon.page.setViewportSize({width: 1280, height: 800});
  await joon.goTo(`/rooms/${roomId}`);
  await mina.goTo(`/rooms/${roomId}`);
  await composer(mina).pressSequentially('w');
  await page.getByText('is typing…').waitFor();
  await expect(beyondEdges(joon)).resolves.toEqual([]);

  await page.setViewportSize({width: 1280, height: 800});
  for (const [text, said] of [
    [`/${word}`, 'There is no command'],
    [`/w ${'W'.repeat(32)} hello`, 'Nobody is called'],
  ] as const) {
    await say(joon, text);
    await page.getByText(said).waitFor();
    await expect(beyondEdges(joon)).resolves.toEqual([]);
    await page.setViewportSize({width: 1280, height: 800});
  }
  await composer(joon).fill('');
  await sendByButton(joon, {...(await landscape(joon)), buffer: Buffer.from('only text')});
  await page.getByRole('alert').getByText('Not sent').waitFor();
  await expect(beyondEdges(joon)).resolves.toEqual([]);

  await page.setViewportSize({width: 1280, height: 800});
  await page.getByRole('button', {name: 'Room menu'}).click();
  await page.getByRole('menuitem', {name: 'Leave the room'}).click();
  const undo = page.getByRole('button', {name: 'Undo'});
  // What has the focus stays.
  await undo.focus();
  await expect(beyondEdges(joon)).resolves.toEqual([]);
  await page.keyboard.press('Enter');
  await conversation(joon).waitFor();

  await mina.page.setViewportSize({width: 1280, height: 800});
  await mina.page.getByRole('button', {name: /^Menu for w/}).click();
  await mina.page.getByRole('menu').waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await mina.page.setViewportSize({width: 1280, height: 800});
  await mina.page.keyboard.press('Escape');
  await mina.page.getByRole('button', {name: /^Menu for w/}).click();
  await mina.page.getByRole('menuitem', {name: 'Ban from the room'}).click();
  await mina.page.getByRole('dialog').waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);
  await mina.page.keyboard.press('Escape');
});

test('so do what is found and what is not, and a locked door', async () => {
  const {page} = joon;
  await page.setViewportSize({width: 1280, height: 800});
  await joon.goTo('/lobby');
  await page.getByRole('heading', {name: 'Lobby'}).waitFor();
  for (const wanted of ['MMM', 'q'.repeat(60)]) {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill(wanted);
    await page
      .getByRole('dialog')
      .getByText(wanted.startsWith('q') ? 'No room or person' : 'MMMM')
      .first()
      .waitFor();
    await expect(beyondEdges(joon)).resolves.toEqual([]);
    await page.setViewportSize({width: 1280, height: 800});
    await page.keyboard.press('Escape');
  }
  const locked = await callAs<{room: {id: string}}>(mina, 'POST', '/rooms', {
    title: titles[0],
    password: '482915',
    clientId: randomUUID(),
  });
  await joon.goTo(`/rooms/${locked.room.id}`);
  await page.getByLabel('Password').waitFor();
  await expect(beyondEdges(joon)).resolves.toEqual([]);
});

test('so does what a product tells', async () => {
  const product = await openProduct(stage.cluster);
  await mina.goTo('/lobby');
  await mina.page.getByRole('heading', {name: 'Lobby'}).waitFor();
  await product.notify(stage.nodeUrl(0), await idOf(mina), {
    title: word.repeat(2),
    text: address,
    link: '/lobby',
  });
  await mina.page.getByRole('region', {name: 'Notifications'}).getByText(word.slice(0, 30)).waitFor();
  await expect(beyondEdges(mina)).resolves.toEqual([]);

  await mina.page.setViewportSize({width: 1280, height: 800});
  await mina.page.getByRole('button', {name: /^Notifications, \d+ unread$/}).click();
  const list = mina.page.getByRole('dialog', {name: 'Notifications'});
  await list.getByText(word.slice(0, 30)).first().waitFor();

  await expect(beyondEdges(mina)).resolves.toEqual([]);
});

test('so do the pages before one is in', async () => {
  const visitor = await stage.enter();
  for (const path of ['/', '/register', `/sign-in?error=${word}&next=/profile`, `/${word}`]) {
    await visitor.goTo(path);
    await visitor.page.getByRole('heading').first().waitFor();
    await expect(beyondEdges(visitor)).resolves.toEqual([]);
  }
});
