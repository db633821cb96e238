/**
 * Rows 9 and 12 of what the shared backend must show: a product's server lists all rooms of its tenant, reads overseen
 * rooms, closed ones as long as they are kept, and calls as its users with the grants of its key.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import type {SignFilesResult} from '@madang/protocol/files';
import type {Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import type {ListRoomsResult, RoomState} from '@madang/protocol/rooms';
import {RawClient, type SignedIn} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Product} from '../support/product.ts';
import {drawing, upload} from '../support/uploads.ts';

let shop: Product;
/** Makes rooms and adds members; the others are in no room. */
let ann: SignedIn;
let reader: SignedIn;
let sender: SignedIn;
beforeAll(async () => {
  shop = await Product.start({
    case: {visibility: 'private', oversight: true, closedDays: 30},
    plain: {visibility: 'private', closedDays: 30},
    brief: {visibility: 'private', oversight: true, closedDays: 0},
    desk: {
      visibility: 'public',
      grants: {
        create: 'service',
        join: 'service',
        send: 'service',
        edit: 'service',
        delete: 'service',
        data: 'service',
      },
    },
    direct: {visibility: 'private', grants: {create: 'service'}},
  } as never);
  ann = await shop.person();
  reader = await shop.service('archive', ['read']);
  sender = await shop.service('bot', ['send']);
});
afterAll(() => shop.stop());

/** A room with a member's message that carries an image. */
async function talk(type: string) {
  const roomId = await shop.room(type, [ann]);
  const image = (await upload(shop.anyNode, ann, {bytes: await drawing(8, 8)})).attachment!;
  const body = {clientId: randomUUID(), text: `in ${type}`, attachmentIds: [image.id]};
  const path = `/rooms/${roomId}/messages`;
  const {seq} = await shop.call<{seq: number}>('POST', path, body, {cookie: ann.cookie});
  return {roomId, seq, image, path};
}
const readings = (roomId: string) =>
  ['messages', 'log?after=0', 'members', 'export'].map((what) => `/rooms/${roomId}/${what}`);
async function codes(roomId: string, options: {token?: string | undefined; as?: string}): Promise<string[]> {
  return Promise.all(readings(roomId).map((path) => shop.code('GET', path, undefined, options)));
}
const hits = async (roomId: string, seq: number, token?: string) =>
  (await shop.call<{messages: Message[]}>('POST', '/messages/read', {at: [{roomId, seq}]}, {token})).messages;

test('a service lists all rooms of its tenant, by type, too, and reads those that are overseen, where it is no member', async () => {
  const [seen, unseen] = [await talk('case'), await talk('plain')];
  const {token} = reader;
  const listed = async (query: string) => {
    const path = `/rooms?all=true&limit=200${query}`;
    const {rooms} = await shop.call<ListRoomsResult>('GET', path, undefined, {token});
    return rooms.map(({id}) => id);
  };
  expect(await listed('')).toEqual(expect.arrayContaining([seen.roomId, unseen.roomId]));
  expect(await listed('&type=case')).toContain(seen.roomId);
  expect(await listed('&type=case')).not.toContain(unseen.roomId);
  expect(await shop.code('GET', '/rooms?type=case')).toBe('invalid');

  expect(await shop.texts(seen.roomId, {token})).toEqual(['in case']);
  const log = `/rooms/${seen.roomId}/log?after=0`;
  const {entries} = await shop.call<Frame>('GET', log, undefined, {token});
  expect(entries.map(({message}) => message?.text)).toContain('in case');
  expect(await codes(seen.roomId, {token})).toEqual(['200', '200', '200', '200']);
  expect(await shop.image(seen.image.url, {token})).toBe(200);
  expect(await shop.image(seen.image.thumbnailUrl, {token})).toBe(200);
  expect(await hits(seen.roomId, seen.seq, token)).toHaveLength(1);

  expect(await codes(unseen.roomId, {token})).toEqual(Array(4).fill('not_found'));
  expect(await shop.image(unseen.image.url, {token})).toBe(404);
  expect(await hits(unseen.roomId, unseen.seq, token)).toEqual([]);
});

test('members see that a room is overseen; neither other keys nor sockets read along, and nothing is written there', async () => {
  const {roomId, seq, image, path} = await talk('case');
  const {rooms} = await shop.call<{rooms: RoomState[]}>('GET', '/me', undefined, {cookie: ann.cookie});
  expect(rooms.find(({room}) => room.id === roomId)).toMatchObject({room: {overseen: true}});

  const {token} = sender;
  expect((await codes(roomId, {token})).slice(0, 3)).toEqual(Array(3).fill('not_found'));
  expect(await shop.image(image.url, {token})).toBe(404);
  const tab = await RawClient.connect(shop.anyNode, reader);
  for (const [name, input] of [
    ['message:list', {roomId}],
    ['room:sync', {roomId, after: 0}],
    ['room:members', {roomId}],
  ] as const) {
    expect([name, await tab.ask(name, input)]).toMatchObject([name, {ok: false, error: {code: 'not_found'}}]);
  }
  expect((await tab.call('session:start', {})).rooms).toEqual([]);
  tab.close();
  const text = {clientId: randomUUID(), text: 'no'};
  expect(await shop.code('POST', path, text, {token: sender.token})).toBe('not_found');
  expect(await shop.code('PATCH', `${path}/${seq}`, {text: 'no'}, {token: sender.token})).toBe('not_found');
  expect(await shop.code('GET', path, undefined, {cookie: (await shop.person()).cookie})).toBe('not_found');
});

test('a key calls as a user where the room is overseen, unless the user is banned there', async () => {
  const {roomId} = await talk('case');
  const {roomId: unseen} = await talk('plain');
  const [ben, eve] = [await shop.person(), await shop.person()];
  await shop.call('PATCH', `/rooms/${roomId}/members/${eve.user.id}`, {banned: true});

  expect(await codes(roomId, {as: `id:${ben.user.id}`})).toEqual(['200', '200', '200', '200']);
  expect((await codes(roomId, {as: `id:${eve.user.id}`})).slice(0, 3)).toEqual(Array(3).fill('banned'));
  const {user} = await shop.service('eyes', ['read']);
  expect(user.kind).toBe('service');
  expect((await codes(unseen, {as: `id:${ben.user.id}`})).slice(0, 3)).toEqual(Array(3).fill('not_found'));
});

test('addresses that a key had signed show what the key reads along, until it is revoked', async () => {
  const [seen, unseen] = [await talk('case'), await talk('plain')];
  const [ben, eve] = [await shop.person(), await shop.person()];
  await shop.call('PATCH', `/rooms/${seen.roomId}/members/${eve.user.id}`, {banned: true});
  const signed = async (
    {image}: {image: {id: string}},
    options: {token?: string | undefined; as?: string},
  ) => {
    const body = {ids: [image.id]};
    const {files} = await shop.call<SignFilesResult>('POST', '/files/sign', body, options);
    return files[0]!;
  };
  const open = (url: string) => shop.image(url, {cookie: ''});
  const {token} = reader;
  const mine = await signed(seen, {token});

  expect([await open(mine.url), await open(mine.thumbnailUrl)]).toEqual([200, 200]);
  expect(await open((await signed(unseen, {token})).url)).toBe(404);
  expect(await open((await signed(seen, {token: sender.token})).url)).toBe(404);
  expect(await open((await signed(seen, {as: `id:${ben.user.id}`})).url)).toBe(200);
  expect(await open((await signed(seen, {as: `id:${eve.user.id}`})).url)).toBe(403);
  expect(await open((await signed(seen, {cookie: ben.cookie} as never)).url)).toBe(404);

  const key = await addApiKey(shop.db, {tenantId: shop.tenantId, service: 'archive', scopes: ['read']});
  const {url} = await signed(seen, {token: key.key});
  expect(await open(url)).toBe(200);
  await shop.call('DELETE', `/keys/${key.id}`);
  expect(await open(url)).toBe(401);
});

test('a key deletes as its user by its own grants: what the policy leaves to services, in rooms that the user is in', async () => {
  const roomId = await shop.room('desk', [ann]);
  const as = `id:${ann.user.id}`;
  const body = () => ({clientId: randomUUID(), text: 'x'});
  const path = `/rooms/${roomId}/messages`;
  const {seq} = await shop.call<{seq: number}>('POST', path, body(), {as});
  const {token} = await shop.service('hands', ['send', 'act']);
  const eve = await shop.person();
  expect(await shop.ask('DELETE', `${path}/${seq}`, undefined, {cookie: ann.cookie})).toMatchObject({
    status: 403,
    body: {error: {details: {grant: 'delete'}}},
  });
  expect(await shop.code('DELETE', `${path}/${seq}`, undefined, {token, as: `id:${eve.user.id}`})).toBe(
    'forbidden',
  );

  expect(await shop.code('DELETE', `${path}/${seq}`, undefined, {token, as})).toBe('200');

  const {seq: other} = await shop.call<{seq: number}>('POST', path, body(), {as});
  expect(await shop.code('DELETE', `${path}/${other}`, undefined, {as})).toBe('200');
});

test('a closed room is read by services for as long as it is kept, by nobody else, and not at all once it is erased', async () => {
  const [kept, gone] = [await talk('case'), await talk('brief')];
  const {token} = reader;
  for (const {roomId} of [kept, gone]) await shop.call('DELETE', `/rooms/${roomId}`, {});
  const [list] = readings(kept.roomId);

  expect(await codes(kept.roomId, {token})).toEqual(['200', '200', '200', '200']);
  expect(await shop.image(kept.image.url, {token})).toBe(200);
  expect(await hits(kept.roomId, kept.seq, token)).toHaveLength(1);
  const closed = await shop.call<ListRoomsResult>('GET', '/rooms?all=true&closed=true&limit=200', undefined, {
    token,
  });
  expect(closed.rooms.map(({id}) => id)).toContain(kept.roomId);
  expect(await shop.code('GET', list!, undefined, {cookie: ann.cookie})).toBe('room_closed');
  expect(await shop.image(kept.image.url, {cookie: ann.cookie})).toBe(410);

  const refused = await codes(gone.roomId, {token});
  expect(refused).not.toContain('200');
  expect(await hits(gone.roomId, gone.seq, token)).toEqual([]);
  const later = `update rooms set closed_at = closed_at - interval '31 days' where id = $1`;
  await shop.db.query({name: '', text: later}, [kept.roomId]);
  expect(await codes(kept.roomId, {token})).not.toContain('200');
  expect(await shop.image(kept.image.url, {token})).not.toBe(200);
});

test('rooms, messages and memberships as a user are the user’s, and what the key is granted it keeps', async () => {
  const ben = await shop.person();
  const as = `id:${ben.user.id}`;
  const cookie = ben.cookie;
  const desk = {title: 'Desk', type: 'desk'};
  expect(await shop.code('POST', '/rooms', desk, {cookie})).toBe('forbidden');
  const {room} = await shop.call<RoomState>('POST', '/rooms', desk, {as});
  expect(room.owner.id).toBe(ben.user.id);

  const other = await shop.call<RoomState>('POST', '/rooms', desk);
  const path = `/rooms/${other.room.id}`;
  expect(await shop.code('POST', `${path}/join`, {}, {cookie})).toBe('forbidden');
  const joined = await shop.call<RoomState>('POST', `${path}/join`, {}, {as});
  expect(joined.membership.role).toBe('member');
  const body = () => ({clientId: randomUUID(), text: 'hello', data: {no: 1}});
  expect(await shop.code('POST', `${path}/messages`, body(), {cookie})).toBe('forbidden');
  const {seq} = await shop.call<{seq: number}>('POST', `${path}/messages`, body(), {as});
  expect(await shop.code('PATCH', `${path}/messages/${seq}`, {text: 'no'}, {cookie})).toBe('forbidden');
  await shop.call('PATCH', `${path}/messages/${seq}`, {text: 'edited'}, {as});
  const [message] = (await shop.call<{messages: Message[]}>('GET', `${path}/messages`)).messages;
  expect(message).toMatchObject({text: 'edited', sender: {id: ben.user.id}, via: {name: 'shop'}});

  expect(await shop.code('POST', '/direct', {userId: ann.user.id}, {cookie})).toBe('forbidden');
  const direct = await shop.call<RoomState>('POST', '/direct', {userId: ann.user.id}, {as});
  expect(direct.room.users?.map(({id}) => id).toSorted()).toEqual([ann.user.id, ben.user.id].toSorted());
});
