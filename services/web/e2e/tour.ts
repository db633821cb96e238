/** Takes the pictures of docs/tour.md: `npm run tour`. */
import {mkdir} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {chooseOfMessage, composer, conversation, line, message, say, sayAtOnce} from './conversation.ts';
import {callAs, comeIn, PASSWORD} from './entry.ts';
import {chooseOfRoom, createGroup, listed} from './groups.ts';
import {createRoom, isInRoom, lobbyRow, openLobby, sharedPath} from './lobby.ts';
import type {Person} from './person.ts';
import {picture, sendByDrop, type Picture} from './pictures.ts';
import {openProduct} from './product.ts';
import {Stage} from './stage.ts';
import {landscape, titles, worst} from './worst-content.ts';

const pictures = fileURLToPath(new URL('../../../docs/tour/', import.meta.url));
const phone = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};

let stage: Stage;
let mina: Person;
let joon: Person;
beforeAll(async () => {
  await mkdir(pictures, {recursive: true});
  stage = await Stage.open({balancer: true, partitions: true});
  const at = stage.cluster.url ?? '';
  [mina, joon] = [await stage.enter({at}), await stage.enter({at, colorScheme: 'dark', locale: 'ko-KR'})];
});
afterAll(() => stage.close());

/** Takes a screenshot of what the person sees, with nothing under the pointer. */
async function take({page}: Person, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled([...document.images].map((image) => image.decode()));
    await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(({finished}) => finished));
  });
  await page.screenshot({path: join(pictures, `${name}.png`), scale: 'css'});
}

async function idOf({page, url}: Person): Promise<string> {
  const answer = await page.request.get(`${url}/api/v1/me`);
  return ((await answer.json()) as {user: {id: string}}).user.id;
}

/** A view from a roof, painted in the page. */
async function paint({page}: Person, name: string): Promise<Picture> {
  const base64 = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 720, height: 480});
    const brush = canvas.getContext('2d')!;
    const fill = (color: string | CanvasGradient, draw: () => void) => {
      brush.fillStyle = color;
      brush.beginPath();
      draw();
      brush.fill();
    };
    const sky = brush.createLinearGradient(0, 0, 0, 300);
    sky.addColorStop(0, '#8fb8de');
    sky.addColorStop(1, '#fbe3c8');
    fill(sky, () => brush.rect(0, 0, 720, 480));
    fill('#f6a55b', () => brush.arc(560, 120, 46, 0, 7));
    for (const [x, y, color] of [
      [120, 300, '#7d9a7b'],
      [420, 320, '#6b8a6e'],
      [640, 310, '#86a384'],
    ] as const)
      fill(color, () => brush.ellipse(x, y, 280, 90, 0, 0, 7));
    fill('#e9dcc3', () => brush.rect(0, 330, 720, 150));
    for (const x of [90, 470]) {
      fill('#f3ead8', () => brush.rect(x, 290, 170, 90));
      fill('#4a4f57', () => {
        brush.moveTo(x - 34, 296);
        brush.quadraticCurveTo(x + 85, 220, x + 204, 296);
      });
      for (const pane of [24, 72, 120]) fill('#b98b5e', () => brush.rect(x + pane, 318, 28, 44));
    }
    fill('#7a5a3c', () => brush.rect(346, 260, 16, 130));
    fill('#5f7f4f', () => brush.ellipse(354, 236, 78, 58, 0, 0, 7));
    for (const [x, y] of [
      [318, 226],
      [352, 208],
      [388, 232],
      [340, 254],
      [374, 260],
    ] as const)
      fill('#e8702a', () => brush.arc(x, y, 8, 0, 7));
    return canvas.toDataURL('image/png').split(',')[1]!;
  });
  return {name, mimeType: 'image/png', buffer: Buffer.from(base64, 'base64')};
}

test('entry', async () => {
  const visitor = await stage.enter({...phone, locale: 'ko-KR', colorScheme: 'dark'});
  await mina.goTo('/');
  await mina.page.getByRole('heading', {name: 'Come in.'}).waitFor();
  await take(mina, 'entry');
  await visitor.goTo('/');
  await visitor.page.getByRole('heading', {name: '어서 오세요.'}).waitFor();
  await take(visitor, 'entry-phone');
  await visitor.goTo('/nowhere');
  await take(visitor, 'nowhere');
  await mina.goTo('/register');
  await mina.page.getByLabel('Name', {exact: true}).fill('mina');
  await take(mina, 'register');
});

test('account chat', async () => {
  await comeIn(mina, 'mina');
  await comeIn(joon, 'joon');
  await line(mina, 'joon has joined the chat.').waitFor();
  await say(mina, 'Good morning, everyone.');
  await message(joon, 'Good morning').waitFor();
  await joon.page.getByRole('textbox').fill('좋은 아침이에요 🙂');
  await joon.page.keyboard.press('Enter');
  await message(mina, '좋은 아침').waitFor();
  await say(mina, 'The kettle is on. Who is coming to the **courtyard** at four?');
  await message(joon, 'The kettle').waitFor();
  await take(mina, 'general');
  await mina.goTo('/profile');
  await mina.page.getByRole('heading', {name: 'Profile'}).waitFor();
  await take(mina, 'profile');
});

test('lobby and rooms', async () => {
  const guest = await stage.enter({at: stage.cluster.url ?? '', locale: 'ko-KR'});
  await guest.goTo('/');
  await guest.page.getByRole('button', {name: '손님으로 들어가기'}).click();
  await guest.page.getByRole('heading', {name: '로비'}).waitFor();
  for (const [title, more] of Object.entries({
    'Under the persimmon tree': {capacity: 10},
    'Reading circle': {capacity: 6, password: 'a page a day'},
    '저녁 산책': {capacity: 4},
  }))
    await callAs(mina, 'POST', '/rooms', {title, ephemeral: false, ...more, clientId: crypto.randomUUID()});
  await openLobby(mina);
  await lobbyRow(mina, '저녁 산책').waitFor();
  await take(mina, 'lobby');
  await mina.page.getByRole('button', {name: 'Create room'}).click();
  await mina.page.getByLabel('Title').fill('Tea at four');
  await take(mina, 'create-room');
  await mina.page.keyboard.press('Escape');

  await guest.page.getByRole('main').getByRole('link', {name: 'Reading circle'}).click();
  await guest.page.getByRole('dialog').waitFor();
  await guest.page.getByLabel('방 비밀번호').fill('guess');
  await guest.page.keyboard.press('Enter');
  await guest.page.getByText('비밀번호가 틀렸습니다.').waitFor();
  await take(guest, 'locked');
  await guest.leave();
});

test('pictures, replies and the rest of a conversation', async () => {
  await createRoom(mina, {title: 'Tea at four', keep: true});
  await joon.goTo(sharedPath(mina));
  await isInRoom(joon, 'Tea at four');
  await say(mina, 'This is what it looks like from the roof:');
  await sendByDrop(mina, await paint(mina, 'courtyard.png'));
  await picture(mina, 'courtyard.png').waitFor();
  await conversation(joon).getByRole('img', {name: 'courtyard.png'}).waitFor();
  await joon.page.getByRole('textbox').fill('정말 예쁘네요');
  await joon.page.keyboard.press('Enter');
  await message(mina, '정말').waitFor();
  await chooseOfMessage(mina, '정말', 'Reply');
  await say(mina, 'Come up and see, it is *even better* at dusk. https://example.com/roof');
  await message(joon, 'Come up').waitFor();
  await say(mina, 'Bring a cupp');
  await composer(mina).press('ArrowUp');
  await composer(mina).fill('Bring a cup');
  await composer(mina).press('Enter');
  await message(joon, 'Bring a cup').waitFor();
  await take(mina, 'room');
  await take(joon, 'room-dark');
  await message(mina, '정말').first().hover();
  await message(mina, '정말').getByRole('button', {name: 'Message menu'}).click();
  await mina.page.getByRole('menu').waitFor();
  await take(mina, 'message-menu');
  await mina.page.keyboard.press('Escape');
  await mina.page.getByRole('button', {name: 'Menu for joon'}).click();
  await mina.page.getByRole('menu').waitFor();
  await take(mina, 'moderation');
  await mina.page.keyboard.press('Escape');
  await chooseOfRoom(mina, 'Room settings');
  await mina.page.getByRole('dialog').waitFor();
  await take(mina, 'settings');
  await mina.page.keyboard.press('Escape');
});

test('groups, whispers, and what is unread', async () => {
  await createGroup(mina, 'Family');
  const groupId = sharedPath(mina).split('/').at(-1);
  await callAs(mina, 'POST', `/rooms/${groupId}/members`, {userId: await idOf(joon)});
  await say(mina, 'Dinner on Sunday?');
  await say(mina, '/w joon Do not tell them about the cake.');
  await isInRoom(mina, 'joon');
  await message(mina, 'Do not tell').waitFor();
  await take(mina, 'whisper');
  const onPhone = await stage.enter({at: stage.cluster.url ?? '', ...phone});
  await callAs(onPhone, 'POST', '/auth/login', {username: 'joon', password: PASSWORD});
  await onPhone.goTo('/rooms');
  await listed(onPhone, 'Whispers', 'mina').waitFor();
  await take(onPhone, 'rooms-phone');
  await listed(onPhone, 'Whispers', 'mina').click();
  await conversation(onPhone).waitFor();
  await take(onPhone, 'whisper-phone');
});

test('the worst content at every width', async () => {
  const title = titles[3]!;
  const wish = {title, ephemeral: false, clientId: crypto.randomUUID()};
  const {room} = await callAs<{room: {id: string}}>(joon, 'POST', '/rooms', wish);
  await sayAtOnce(joon, room.id, [worst[2]!, worst[9]!, worst[4]!, worst[0]!]);
  await mina.goTo(`/rooms/${room.id}`);
  await sendByDrop(mina, await landscape(mina));
  await picture(mina, 'a-file-name').waitFor();
  for (const width of [320, 390, 768, 1280, 1920]) {
    await mina.page.setViewportSize({width, height: 900});
    await take(mina, `worst-${width}`);
  }
  await mina.page.setViewportSize({width: 1280, height: 800});
});

test('notifications', async () => {
  const product = await openProduct(stage.cluster);
  const minaId = await idOf(mina);
  const told = [
    {title: 'Order accepted', text: 'Two loaves and a bun. Ready at four.', link: '/lobby'},
    {title: 'Your order is in the oven', text: 'We keep it warm for you.', link: '/lobby'},
  ];
  for (const data of told) await product.notify(stage.nodeUrl(0), minaId, data);
  await mina.page.getByRole('region', {name: 'Notifications'}).getByText('in the oven').waitFor();
  await take(mina, 'toast');
  await mina.page.getByRole('button', {name: 'Notifications, 2 unread'}).click();
  await mina.page.getByRole('dialog', {name: 'Notifications'}).getByText('in the oven').waitFor();
  await take(mina, 'notifications');
  await mina.page.keyboard.press('Escape');
});

test('outages', async () => {
  const {gateways} = stage.cluster;
  for (const gateway of gateways) gateway.kill('SIGKILL');
  await say(mina, 'This waits until we are back.');
  await mina.page.getByText('Offline. Your messages will be sent when you are back.').waitFor();
  await take(mina, 'offline');
  await Promise.all(gateways.map((gateway) => gateway.restart()));
  await mina.page.getByText(/^Offline/).waitFor({state: 'detached', timeout: 40_000});
  const reach = (mode: 'reset' | 'pass') => gateways.forEach(({toPostgres}) => toPostgres?.set(mode));
  reach('reset');
  await mina.page.reload();
  await mina.page.getByRole('heading', {name: 'Be right back'}).waitFor();
  await take(mina, 'away');
  reach('pass');
  await mina.page.getByRole('navigation').first().waitFor();
  expect(mina.troubles).toEqual([]);
});
