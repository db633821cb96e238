// Images: uploaded on one node, and visible on every node to the members of the room and nobody else.
import {randomUUID} from 'node:crypto';
import sharp from 'sharp';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import type {Message} from '@madang/protocol/messages';
import {RawClient, patientRequest, registerAccount, request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {readChunks, writePng} from '../../src/files/png-chunks.ts';
import {animatedPng, animation, drawing, photo, upload, uploadOnce} from '../support/uploads.ts';

let cluster: Gateways;
let here: string;
let there: string;
let alice: SignedIn;
let bob: SignedIn;
let roomId: string;

beforeAll(async () => {
  cluster = await startGateways(2, {UPLOAD_BYTES_PER_USER: '20000000'});
  [here, there] = cluster.urls as [string, string];
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  [alice, bob] = [await registerAccount(here), await registerAccount(there)];
  const {cookie} = alice;
  const made = await patientRequest<{room: {id: string}}>(here, 'POST', '/rooms', {
    cookie,
    body: {title: 'Album'},
  });
  roomId = made.body.room.id;
  await patientRequest(there, 'POST', `/rooms/${roomId}/join`, {cookie: bob.cookie, body: {}});
});

const image = async (bytes: Promise<Buffer>, who = alice) =>
  (await upload(here, who, {bytes: await bytes, name: 'Cat.PNG'})).attachment!;
const send = (who: SignedIn, attachmentIds: string[], extra: object = {}) =>
  patientRequest<{seq: number}>(here, 'POST', `/rooms/${roomId}/messages`, {
    cookie: who.cookie,
    body: {clientId: randomUUID(), attachmentIds, ...extra},
  });
const get = (who: SignedIn | undefined, path: string, headers: Record<string, string> = {}) =>
  fetch(there + path, {headers: {...(who ? {cookie: who.cookie} : {}), ...headers}});
const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

test('a message brings its image to the others, live and in the history, on every node', async () => {
  const reader = await RawClient.connect(there, bob);
  await reader.call('session:start', {});
  const attachment = await image(photo());

  const {seq} = (await send(alice, [attachment.id])).body;

  expect(attachment).toMatchObject({name: 'Cat.jpg', type: 'image/jpeg', width: 1200, height: 800});
  await waitFor(() => reader.frames(roomId).length > 0, {timeoutMs: 5_000, what: 'the message'});
  const live = reader.frames(roomId)[0]!.entries[0]!.message!;
  const {messages} = await reader.call('message:list', {roomId});
  expect(live).toMatchObject({seq, text: '', attachments: [attachment]});
  expect(messages[0]).toEqual(live);
  const shown = await bodyOf(await get(bob, attachment.url));
  expect(shown.length).toBe(attachment.size);
  expect(await sharp(shown).metadata()).toMatchObject({format: 'jpeg', width: 1200, height: 800});
  const small = await sharp(await bodyOf(await get(bob, attachment.thumbnailUrl))).metadata();
  expect(small).toMatchObject({format: 'webp', width: 480, height: 320});
  reader.close();
});

test('nothing of a photograph but what it shows is kept, the right way up', async () => {
  const turned = sharp(await photo(300, 200))
    .withMetadata({orientation: 6})
    .jpeg()
    .toBuffer();
  const attachment = await image(turned);

  const kept = await bodyOf(await get(alice, attachment.url));

  const {exif, icc, orientation, width, height} = await sharp(kept).metadata();
  expect({exif, icc, orientation, width, height}).toEqual({width: 200, height: 300});
  expect(kept.includes('secret place')).toBe(false);
});

test.each(['gif', 'webp'] as const)(
  'an animated %s stays animated, and its thumbnail is still',
  async (as) => {
    const attachment = await image(animation(12, as));

    const shown = await sharp(await bodyOf(await get(alice, attachment.url)), {animated: true}).metadata();
    const small = await sharp(await bodyOf(await get(alice, attachment.thumbnailUrl)), {
      animated: true,
    }).metadata();

    expect(attachment).toMatchObject({type: `image/${as}`, width: 40, height: 30});
    expect([shown.format, shown.pages, small.pages ?? 1]).toEqual([as, 12, 1]);
  },
);

test('an animated PNG stays animated, without the text in it, and its thumbnail is still', async () => {
  const chunks = await animatedPng(5);
  chunks.splice(2, 0, {type: 'tEXt', data: Buffer.from('Comment\0secret place')});
  const attachment = await image(Promise.resolve(writePng(chunks)));

  const kept = await bodyOf(await get(alice, attachment.url));
  const small = await sharp(await bodyOf(await get(alice, attachment.thumbnailUrl))).metadata();
  const types = [...readChunks(kept)].map(({type}) => type);

  expect(attachment).toMatchObject({type: 'image/png', width: 40, height: 30});
  expect(types.slice(0, 4)).toEqual(['IHDR', 'acTL', 'fcTL', 'IDAT']);
  expect(types.filter((type) => type === 'fcTL')).toHaveLength(5);
  expect(types.filter((type) => type === 'fdAT')).toHaveLength(4);
  expect(kept.includes('secret place')).toBe(false);
  expect([small.format, small.pages ?? 1]).toEqual(['webp', 1]);
});

test('what would take too much to convert is refused by its header, with what is accepted', async () => {
  const {status, error} = await upload(here, alice, {bytes: await animation(12, 'gif', [2_000, 2_000])});

  expect(status).toBe(413);
  expect(error).toMatchObject({
    code: 'too_large',
    message: 'The frames have 48 megapixels together; at most 21.4 are accepted of this kind.',
  });
});

test('an image is served as an image, to be kept by one browser and asked for each time', async () => {
  const {id, url} = await image(drawing());

  const answer = await get(alice, url);
  const again = await get(alice, url, {
    'if-none-match': answer.headers.get('etag')!,
    // Otherwise fetch sends `no-cache`, like a browser that reloads everything.
    'cache-control': 'max-age=0',
  });

  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-disposition': 'inline; filename=Cat.png',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-cache',
    'cross-origin-resource-policy': 'same-site',
    etag: `"${id}.image"`,
  });
  expect([again.status, (await bodyOf(again)).length]).toEqual([304, 0]);
});

test('who may see an image is who may see its message, as it is now', async () => {
  const stranger = await registerAccount(here);
  const {id, url, thumbnailUrl} = await image(drawing());
  const statuses = async (path: string) =>
    Promise.all([alice, bob, stranger, undefined].map(async (who) => (await get(who, path)).status));

  expect(await statuses(url)).toEqual([200, 404, 404, 401]);
  const {seq} = (await send(alice, [id])).body;
  expect(await statuses(url)).toEqual([200, 200, 403, 401]);
  expect(await statuses(thumbnailUrl)).toEqual([200, 200, 403, 401]);
  await patientRequest(here, 'DELETE', `/rooms/${roomId}/members/${bob.user.id}`, {
    cookie: alice.cookie,
    body: {},
  });
  expect(await statuses(url)).toEqual([200, 403, 403, 401]);
  await patientRequest(here, 'DELETE', `/rooms/${roomId}/messages/${seq}`, {cookie: alice.cookie, body: {}});
  expect(await statuses(url)).toEqual([404, 404, 404, 401]);
  expect((await get(alice, `/api/v1/files/${randomUUID()}`)).status).toBe(404);
});

test("only one's own images can be sent, once, and a retry finds the first message", async () => {
  const [own, others] = [await image(drawing()), await image(drawing(), bob)];
  const clientId = randomUUID();

  const first = await send(alice, [own.id], {clientId, text: 'look'});
  expect(await send(alice, [own.id], {clientId, text: 'look'})).toMatchObject({
    body: {...first.body, duplicate: true},
  });
  for (const ids of [[others.id], [own.id], [randomUUID()]]) {
    expect(await send(alice, ids)).toMatchObject({status: 400, body: {error: {code: 'invalid'}}});
  }
  const {body} = await request<{messages: Message[]}>(there, 'GET', `/rooms/${roomId}/messages`, {
    cookie: bob.cookie,
  });
  expect(body.messages.map(({attachments}) => attachments)).toEqual([[own]]);
});

test('an avatar is for everyone, and must be an own image', async () => {
  const stranger = await registerAccount(here);
  const [own, others] = [await image(drawing()), await image(drawing(), bob)];
  const change = (avatarId: string) =>
    patientRequest(here, 'PATCH', '/me', {cookie: alice.cookie, body: {avatarId}});

  expect(await change(others.id)).toMatchObject({status: 404});
  expect(await change(own.id)).toMatchObject({status: 200, body: {user: {avatarId: own.id}}});
  expect((await get(stranger, own.thumbnailUrl)).status).toBe(200);
});

test('a user can upload so much and no more', async () => {
  const bytes = await photo(4_000, 2_500);
  const answers = [];
  while (answers.length < 10 && answers.at(-1)?.status !== 413) {
    answers.push(await upload(here, bob, {bytes}));
  }

  const kept = answers.slice(0, -1).reduce((sum, {attachment}) => sum + attachment!.size, 0);
  expect(kept).toBeGreaterThan(10_000_000);
  expect(kept).toBeLessThanOrEqual(20_000_000);
  expect(answers.at(-1)?.error).toMatchObject({code: 'too_large', details: {quotaBytes: 20_000_000}});
}, 120_000);

test('a flood of uploads is put off, not piled up', async () => {
  const large = Buffer.alloc(5 * 1024 * 1024 - 1_000);
  const codesOf = async (count: number, bytes: Buffer) => {
    const answers = await Promise.all(Array.from({length: count}, () => uploadOnce(here, bob, {bytes})));
    return new Set(answers.map(({error}) => error?.code));
  };

  expect(await codesOf(24, large)).toEqual(new Set(['overloaded', 'unsupported']));
  expect(await codesOf(120, Buffer.alloc(100))).toContain('rate_limited');
});
