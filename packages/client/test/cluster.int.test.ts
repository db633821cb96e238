import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {silent} from '@madang/testkit/database';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, onTestFinished, test} from 'vitest';
import {
  createClient,
  path,
  type Client,
  type ClientOptions,
  type Frame,
  type Message,
} from '../src/client.ts';

let cluster: ProcessCluster;
const clients: Client[] = [];

beforeAll(async () => {
  cluster = await startCluster({gateways: 2, worker: true});
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => cluster.stop());

const times = {retryMs: 200, retryMaxMs: 1_000};
const clientOn = (gateway: number, options: ClientOptions = {}) => {
  const client = createClient({url: cluster.gateways[gateway]!.url, times, ...options});
  clients.push(client);
  return client;
};
async function guestOn(gateway: number): Promise<Client> {
  const client = clientOn(gateway);
  await client.guest();
  await client.connect();
  return client;
}
const until = (what: string, condition: () => unknown, timeoutMs = 5_000) =>
  waitFor(() => Boolean(condition()), {timeoutMs, what});
const timelineOf = (client: Client, roomId: string) => client.rooms.get(roomId)!.timeline;
const textsOf = (client: Client, roomId: string) => timelineOf(client, roomId).messages.map(({text}) => text);
const createRoom = async (client: Client) =>
  (await client.call('room:create', {title: 'Courtyard', ephemeral: false})).room.id;

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const dot = () => new File([Buffer.from(png, 'base64')], 'dot.png', {type: 'image/png'});

test('shows one order to everyone, edits and deletions applied, and the same to a client that starts over', async () => {
  const [alice, bob] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(alice);
  await bob.call('room:join', {roomId});

  const sends = Array.from({length: 40}, (_, index) =>
    [alice, bob][index % 2]!.send(roomId, `message ${index}`),
  );
  const [first, second] = await Promise.all(sends);
  await alice.call('message:edit', {roomId, seq: first!.seq, text: 'edited'});
  await bob.call('message:delete', {roomId, seq: second!.seq});
  const head = () => timelineOf(alice, roomId).cursor.rev;
  await until('both to hold the same', () => head() >= 42 && timelineOf(bob, roomId).cursor.rev === head());

  const messages = timelineOf(alice, roomId).messages;
  expect(timelineOf(bob, roomId).messages).toEqual(messages);
  expect(messages).toHaveLength(40);
  const fresh = await guestOn(1);
  await fresh.call('room:join', {roomId});
  while (await fresh.loadEarlier(roomId, 15));
  expect(timelineOf(fresh, roomId).messages).toEqual(messages);
});

test('knows on every device what happened on another', async () => {
  const phone = await guestOn(0);
  const laptop = clientOn(1, {cookie: phone.cookie!});
  await laptop.connect();
  const other = await guestOn(1);

  const roomId = await createRoom(phone);
  await until('the laptop to hear the room', () => laptop.rooms.has(roomId));
  await other.call('room:join', {roomId});
  const {seq} = await other.send(roomId, 'hello');
  await until('it to be unread', () => laptop.rooms.get(roomId)?.state.unread === 1);
  await phone.call('read:mark', {roomId, seq});
  await until('it to be read', () => laptop.rooms.get(roomId)?.state.unread === 0);
  await phone.call('room:update', {roomId, title: 'Garden'});
  await until('the new title', () => laptop.rooms.get(roomId)?.state.room.title === 'Garden');
  await phone.call('room:close', {roomId});
  await until(
    'the room to go',
    () => !laptop.rooms.has(roomId) && !phone.rooms.has(roomId) && !other.rooms.has(roomId),
  );
});

test('tells a kicked member, and takes one who returns from where the new membership begins', async () => {
  const [owner, member] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(owner);
  await member.call('room:join', {roomId});
  await owner.send(roomId, 'before');
  await until('the first message', () => textsOf(member, roomId).includes('before'));

  const left = member.once('room:left');
  await owner.call('member:remove', {roomId, userId: member.user!.id});
  await expect(left).resolves.toMatchObject({roomId, reason: 'removed'});
  await owner.send(roomId, 'behind closed doors');
  await member.call('room:join', {roomId});
  await owner.send(roomId, 'after');

  await until('the last message', () => textsOf(member, roomId).includes('after'));
  expect(textsOf(member, roomId)).toEqual(['after']);
});

test('stays signed out when the session was ended elsewhere', async () => {
  const username = `user-${randomUUID().slice(0, 8)}`;
  const phone = clientOn(0);
  await phone.register({username, password: 'correct horse'});
  await phone.connect();
  const laptop = clientOn(1);
  await laptop.login({username, password: 'correct horse'});
  await laptop.connect();
  const signedOut = laptop.once('signedOut');

  await phone.logout({everywhere: true});

  await expect(signedOut).resolves.toMatchObject({code: 'unauthenticated'});
  expect(laptop.status).toBe('offline');
  await expect(laptop.connect()).rejects.toMatchObject({code: 'unauthenticated'});
});

test('keeps what was written while a gateway was dead, and shows each message once and in order', async () => {
  const [alice, bob] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(alice);
  await bob.call('room:join', {roomId});
  const seen: Message[] = [];
  const frames: Frame[] = [];
  bob.on('message', (message) => void seen.push(message));
  alice.on('frame', (frame) => void frames.push(frame));
  const gateway = cluster.gateways[0]!;

  const written = Array.from({length: 60}, (_, index) => `message ${index}`);
  const sends = written.map((text) => alice.send(roomId, text));
  await sends[10];
  gateway.kill('SIGKILL');
  await until('the loss to be noticed', () => alice.status === 'connecting');
  await gateway.restart();
  const results = await Promise.all(sends);

  await until('all messages at the other', () => seen.length === written.length, 10_000);
  expect(seen.map(({text}) => text)).toEqual(written);
  expect(seen.map(({seq}) => seq)).toEqual(results.map(({seq}) => seq));
  await until('its own at the sender', () => textsOf(alice, roomId).length === written.length);
  expect(timelineOf(alice, roomId).pending).toEqual([]);
  for (const [index, frame] of frames.entries()) {
    if (index > 0) expect(frame.after).toBeLessThanOrEqual(frames[index - 1]!.head);
  }
}, 60_000);

test('moves to another moment when its gateway drains, and misses nothing', async () => {
  const [alice, bob] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(alice);
  await bob.call('room:join', {roomId});
  const gateway = cluster.gateways[0]!;
  const ending = alice.once('session:ending');

  gateway.kill('SIGTERM');
  await expect(ending).resolves.toMatchObject({reason: 'shutting_down', reconnect: true});
  await until('the connection to close', () => alice.status === 'connecting');
  await bob.send(roomId, 'while you were away');
  const reply = alice.send(roomId, 'written meanwhile');
  await gateway.restart();
  await reply;

  await until('both messages at both', () =>
    [alice, bob].every((each) => textsOf(each, roomId).length === 2),
  );
  expect(textsOf(alice, roomId)).toEqual(['while you were away', 'written meanwhile']);
}, 60_000);

test('uploads an image, and sends it', async () => {
  const [alice, bob] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(alice);
  await bob.call('room:join', {roomId});
  const file = dot();

  const attachment = await alice.upload(file);
  await alice.send(roomId, {attachmentIds: [attachment.id]});

  await until('the image', () => timelineOf(bob, roomId).messages.length > 0);
  expect(timelineOf(bob, roomId).messages).toMatchObject([{text: '', attachments: [attachment]}]);
  expect(attachment).toMatchObject({name: 'dot.png', width: 1, height: 1});
  await expect(alice.upload(new Blob(['<svg/>']))).rejects.toMatchObject({code: 'unsupported'});
  expect(await alice.providers()).toEqual([]);
});

test('a bot that ended goes on where it was, told once of all that came meanwhile', async () => {
  const owner = await guestOn(0);
  const known = await createRoom(owner);
  const kept = new Map<string, string>();
  const bot = clientOn(1, {cursors: kept});
  await bot.guest();
  await bot.connect();
  const {cookie} = bot;
  await bot.call('room:join', {roomId: known});
  await owner.send(known, 'heard');
  await until('the bot to hear it', () => textsOf(bot, known).includes('heard'));
  bot.close();

  for (let count = 0; count < 3; count += 1) await owner.send(known, `missed ${count}`);
  const joinedMeanwhile = await createRoom(owner);
  const other = clientOn(0, {cookie: cookie!});
  await other.connect();
  await other.call('room:join', {roomId: joinedMeanwhile});
  await owner.send(joinedMeanwhile, 'in a new room');
  const again = clientOn(0, {cursors: kept, cookie: cookie!});
  const told: string[] = [];
  again.on('message', ({text}) => void told.push(text));
  await again.connect();
  await until('all of it', () => told.length >= 4, 20_000);

  expect(told.toSorted()).toEqual(['in a new room', 'missed 0', 'missed 1', 'missed 2']);
  expect(textsOf(again, known)).toEqual(['missed 0', 'missed 1', 'missed 2']);
  again.close();
  const third = clientOn(1, {cursors: kept, cookie: cookie!});
  const toldAgain: string[] = [];
  third.on('message', ({text}) => void toldAgain.push(text));
  await third.connect();
  await owner.send(known, 'the next');
  await until('what comes next', () => toldAgain.length > 0, 20_000);
  expect(toldAgain).toEqual(['the next']);
});

test('says what may be done outside of rooms, once the session has started, and when the policy changes it', async () => {
  const owner = await guestOn(0);
  const fresh = clientOn(1, {cookie: owner.cookie!});

  expect([fresh.may('direct'), fresh.stores.status.snapshot().may]).toEqual([false, undefined]);
  await fresh.connect();

  const all = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'];
  expect([fresh.may('direct'), fresh.stores.status.snapshot().may]).toEqual([true, all]);

  const shown: unknown[] = [];
  onTestFinished(fresh.stores.status.subscribe(() => void shown.push(fresh.stores.status.snapshot().may)));
  const restore = await letServicesDo('rename');
  await until('the client to be told', () => !fresh.may('rename'));
  await until('its page to be told', () => shown.length > 0);
  await restore();
  await until('the client to be told again', () => fresh.may('rename'));
  await until('its page to be told again', () => shown.length > 1);
  expect(shown).toEqual([all.filter((each) => each !== 'rename'), all]);
});

/** Allows only the product to rename. Returns a function that allows everyone again. */
async function letServicesDo(what: 'rename'): Promise<() => Promise<void>> {
  const db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test'});
  onTestFinished(() => db.close());
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const become = async (holder: 'anyone' | 'service') => {
    const {policy} = await findTenantByHost(db, '127.0.0.1');
    const people = {...policy.people, [what]: holder};
    await setPolicy(db, {tenantId, policy: {...policy, people}, changes: []});
  };
  await become('service');
  return () => become('anyone');
}

test('says what may be done in a room, by its policy, a mute and an archive', async () => {
  const [owner, member] = [await guestOn(0), await guestOn(1)];
  const roomId = await createRoom(owner);
  await member.call('room:join', {roomId});

  expect([owner.may(roomId, 'manage'), member.may(roomId, 'manage')]).toEqual([true, false]);
  expect([member.may(roomId, 'send'), member.may(randomUUID(), 'send')]).toEqual([true, false]);
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  await owner.call('member:update', {roomId, userId: member.user!.id, mutedUntil: soon});
  const fresh = clientOn(0, {cookie: member.cookie!});
  await fresh.connect();

  expect([fresh.may(roomId, 'send'), fresh.may(roomId, 'members')]).toEqual([false, true]);
});

/** A client whose session has a token and no cookie, as on a page of another site. */
async function withTicket(): Promise<Client> {
  const db = createDatabase({
    url: cluster.databaseUrl,
    log: silent,
    applicationName: 'test',
    maxConnections: 1,
  });
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  const {key} = await addApiKey(db, {tenantId, service: 'product'});
  await db.close();
  const product = clientOn(0, {token: key});
  const {user} = await product.http<{user: {id: string}}>('PUT', path`/users/${'page'}`, {name: 'Page'});
  const {ticket} = await product.http<{ticket: string}>('POST', '/auth/tickets', {userId: user.id});
  const client = clientOn(1);
  await client.redeem(ticket);
  await client.connect();
  return client;
}

test('gives a page that signs in by token addresses of images which an <img> can load', async () => {
  const [page, other] = [await withTicket(), await guestOn(0)];
  const [one, two] = [await page.upload(dot()), await page.upload(dot())];

  const urls = await Promise.all([
    page.fileUrl(one),
    page.fileUrl(two.id),
    page.fileUrl(one, {thumbnail: true}),
  ]);
  const answers = await Promise.all(urls.map((url) => fetch(url)));

  expect(answers.map(({status}) => status)).toEqual([200, 200, 200]);
  expect(await page.fileUrl(one)).toBe(urls[0]);
  expect(await other.fileUrl(one, {thumbnail: true})).toBe(
    new URL(one.thumbnailUrl, cluster.gateways[0]!.url).href,
  );
});
