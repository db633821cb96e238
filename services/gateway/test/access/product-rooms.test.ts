/**
 * What a product's server does to the rooms of its tenant, by its own ids and over any of three nodes: rooms with 1,000
 * members, imported messages, archives, truncation, and exports.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {blankTruncatedRooms, expireMessages} from '@madang/database/jobs/jobs';
import {findTenantByHost, insertTenant} from '@madang/database/operator/tenants';
import {createClient} from '@madang/client/client';
import type {Scope} from '@madang/protocol/keys';
import type {Message} from '@madang/protocol/messages';
import type {Room, RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import {RawClient, patientRequest, registerAccount, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {drawing, upload} from '../support/uploads.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};

let cluster: Gateways;
let db: Database;
let tenantId: string;
let shop: SignedIn;
beforeAll(async () => {
  cluster = await startGateways(3);
  const patience = {statementTimeoutMs: 30_000, deadlineMs: 60_000};
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', ...patience});
  ({id: tenantId} = await findTenantByHost(db, '127.0.0.1'));
  shop = await service('shop', ['users', 'rooms', 'read', 'send', 'import']);
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
});

async function service(name: string, scopes: Scope[], ofTenant = tenantId): Promise<SignedIn> {
  const {key, user} = await addApiKey(db, {tenantId: ofTenant, service: name, scopes});
  return {user, cookie: '', token: key};
}

let turn = 0;
const anyNode = () => cluster.urls[(turn += 1) % 3]!;

type Answer<Body> = {status: number; body: Body & {error?: {code: string; details?: object}}};
/** A call by the shop, to one node after the other. */
function call<Body = {room: Room}>(
  method: string,
  path: string,
  body?: unknown,
  as = shop,
): Promise<Answer<Body>> {
  return patientRequest(anyNode(), method, path, {token: as.token!, body}) as Promise<Answer<Body>>;
}

const entriesOf = (tab: RawClient, roomId: string) => tab.frames(roomId).flatMap(({entries}) => entries);

async function makeRoom(more: object = {}): Promise<Room> {
  const {body} = await call<RoomState>('POST', '/rooms', {title: 'Order', visibility: 'private', ...more});
  return body.room;
}

async function customers(count: number): Promise<User[]> {
  const text = `
    insert into users (id, tenant_id, kind, external_id, name, name_key, shown_key, color)
    select gen_random_uuid(), $1, 'account', $2 || no, 'Customer', $2 || no, 'customer', '#112233'
    from generate_series(1, $3::int) as no returning id, external_id as "externalId"`;
  return db.query<User>({name: '', text}, [tenantId, `${randomUUID()}-`, count]);
}

test('a room has 1,000 members by one call, by either id; who cannot be one is named, and repeats add nobody', async () => {
  const people = await customers(1_000);
  const named = people.map(({id, externalId}, no) => ({user: no % 2 === 0 ? externalId! : `id:${id}`}));
  const room = await makeRoom({capacity: 1_002});
  const [banned] = await customers(1);
  await call('PATCH', `/rooms/${room.id}/members/${banned!.id}`, {banned: true});
  const path = `/rooms/${room.id}/members`;

  const {status, body} = await call<{joined: string[]; refused: object[]}>('PUT', path, {
    members: [{user: 'nobody'}, {user: `id:${banned!.id}`}, ...named.slice(2)],
  });

  expect(status).toBe(200);
  expect(body.joined.toSorted()).toEqual(
    people
      .slice(2)
      .map(({id}) => id)
      .toSorted(),
  );
  expect(body.refused).toEqual([
    {userId: 'nobody', code: 'not_found'},
    {userId: banned!.id, code: 'banned'},
  ]);
  const repeats = await Promise.all(
    [1, 2, 3].map(() => call<{joined: string[]}>('PUT', path, {members: named})),
  );
  expect(repeats.flatMap((each) => each.body.joined).toSorted()).toEqual(
    people
      .slice(0, 2)
      .map(({id}) => id)
      .toSorted(),
  );
  const {body: found} = await call('GET', `/rooms/${room.id}`);
  expect(found.room.memberCount).toBe(1_001);
  // One place is left.
  const [late, later] = await customers(2);
  const {body: rest} = await call('PUT', path, {
    members: [{user: late!.externalId}, {user: later!.externalId}, {user: named[0]!.user, role: 'moderator'}],
  });
  expect(rest).toEqual({joined: [late!.id], refused: [{userId: later!.id, code: 'room_full'}]});
}, 120_000);

test('members are told that they were added, and a room may have them from the start', async () => {
  const [ann, ben] = [await registerAccount(anyNode()), await registerAccount(anyNode())];
  const tabs = await Promise.all([ann, ben].map((who, no) => RawClient.connect(cluster.urls[no]!, who)));
  const members = [{user: `id:${ann.user.id}`, role: 'moderator'}, {user: `id:${ben.user.id}`}];

  const room = await makeRoom({externalId: 'told', members});

  for (const [no, role] of (['moderator', 'member'] as const).entries()) {
    const told = () => tabs[no]!.events<RoomState>('room:joined').find((state) => state.room.id === room.id);
    await waitFor(told, {timeoutMs: 10_000, what: 'the member to be told'});
    expect(told()!.membership.role).toBe(role);
    expect(JSON.stringify(told())).not.toContain('externalId');
  }
  const unknown = {title: 'None', externalId: 'none', members: [{user: 'nobody'}]};
  expect((await call('POST', '/rooms', unknown)).body.error).toMatchObject({
    code: 'not_found',
    details: {users: ['nobody']},
  });
  for (const tab of tabs) tab.close();
});

test('the same externalId gets the same room, 20 times at once over all nodes', async () => {
  const externalId = `order-${randomUUID()}`;

  const rooms = await Promise.all(Array.from({length: 20}, () => makeRoom({externalId, data: {no: 7}})));

  expect(new Set(rooms.map(({id}) => id)).size).toBe(1);
  expect(rooms[0]).toMatchObject({externalId, data: {no: 7}});
  const {body} = await call('PATCH', `/rooms/${rooms[0]!.id}`, {data: {no: 8, note: null}});
  expect(body.room).toMatchObject({externalId, data: {no: 8, note: null}});
  const person = await registerAccount(anyNode());
  const refused = {title: 'Mine', externalId: 'x'};
  const {body: answer} = await patientRequest(anyNode(), 'POST', '/rooms', {
    cookie: person.cookie,
    body: refused,
  });
  expect(answer.error).toMatchObject({code: 'forbidden'});
});

test('a service lists all rooms of its tenant, and those of nobody else', async () => {
  const [ann] = await customers(1);
  const open = await makeRoom({externalId: 'listed-open', members: [{user: ann!.externalId}]});
  const archived = await makeRoom({externalId: 'listed-archived', archived: true});
  const closed = await makeRoom({externalId: 'listed-closed'});
  await call('DELETE', `/rooms/${closed.id}`, {});
  const other = await insertTenant(db, {name: 'other shop', hosts: []});
  const stranger = await service('shop', ['read', 'rooms'], other.id);
  const list = async (query: string, as = shop) =>
    (await call<{rooms: Room[]; next?: string}>('GET', `/rooms?${query}`, undefined, as)).body;
  const named =
    'externalIds=listed-open&externalIds=listed-archived&externalIds=listed-closed&externalIds=none';
  const idsOf = ({rooms}: {rooms: Room[]}) =>
    rooms.map(({externalId}) => externalId ?? '').toSorted((a, b) => (a < b ? -1 : 1));

  expect(idsOf(await list(`all=true&${named}`))).toEqual(['listed-archived', 'listed-closed', 'listed-open']);
  expect(idsOf(await list(`all=true&${named}&archived=true`))).toEqual(['listed-archived']);
  expect(idsOf(await list(`all=true&${named}&closed=true`))).toEqual(['listed-closed']);
  expect(idsOf(await list(`all=true&${named}&closed=false&archived=false`))).toEqual(['listed-open']);
  expect(idsOf(await list(`all=true&externalIds=listed-open`))).toEqual(['listed-open']);
  expect(idsOf(await list(`all=true&member=${encodeURIComponent(ann!.externalId!)}&archived=false`))).toEqual(
    ['listed-open'],
  );
  expect(idsOf(await list(`all=true&${named}`, stranger))).toEqual([]);
  const pages = [await list('all=true&limit=2')];
  while (pages.at(-1)!.next) pages.push(await list(`all=true&limit=2&after=${pages.at(-1)!.next}`));
  const all = pages.flatMap(({rooms}) => rooms.map(({id}) => id));
  expect(new Set(all).size).toBe(all.length);
  expect(all).toEqual(expect.arrayContaining([open.id, archived.id, closed.id]));
  const person = await registerAccount(anyNode());
  const {status} = await patientRequest(anyNode(), 'GET', '/rooms?all=true', {cookie: person.cookie});
  expect(status).toBe(403);
  expect((await call('GET', '/rooms?closed=true')).body.error).toMatchObject({code: 'invalid'});
  expect((await call('GET', '/rooms?all=true&member=nobody')).body.error).toMatchObject({code: 'not_found'});
});

test('archiving reaches readers on every node, and what is refused from then on says so', async () => {
  const ann = await registerAccount(anyNode());
  const room = await makeRoom({members: [{user: `id:${ann.user.id}`}]});
  const tabs = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, ann)));
  for (const tab of tabs) await tab.call('session:start', {});
  const {seq} = await tabs[0]!.send(room.id, 'before');

  await call('PATCH', `/rooms/${room.id}`, {archived: true});

  for (const tab of tabs) {
    await waitFor(() => entriesOf(tab, room.id).some((entry) => entry.room?.archivedAt !== undefined), {
      timeoutMs: 10_000,
      what: 'the archive to be told',
    });
    const writes = [
      tab.ask('message:send', {roomId: room.id, clientId: randomUUID(), text: 'late'}),
      tab.ask('message:edit', {roomId: room.id, seq, text: 'late'}),
      tab.ask('message:delete', {roomId: room.id, seq}),
      tab.ask('reaction:set', {roomId: room.id, seq, emoji: '👍', on: true}),
      tab.ask('message:pin', {roomId: room.id, seq, on: true}),
      tab.ask('room:leave', {roomId: room.id}),
      tab.ask('typing:set', {roomId: room.id, typing: true}),
    ];
    for (const answer of await Promise.all(writes)) {
      expect(answer).toMatchObject({ok: false, error: {code: 'forbidden', details: {archived: true}}});
    }
    expect((await tab.call('message:list', {roomId: room.id})).messages).toMatchObject([{text: 'before'}]);
    expect(await tab.call('read:mark', {roomId: room.id, seq})).toMatchObject({readSeq: seq});
  }
  await call('PATCH', `/rooms/${room.id}`, {archived: false});
  await tabs[1]!.send(room.id, 'after');
  for (const tab of tabs) tab.close();
});

test('what was truncated is in no list, sync, live edit, file or count, and is blanked', async () => {
  const ann = await registerAccount(anyNode());
  const room = await makeRoom({members: [{user: `id:${ann.user.id}`}]});
  await call('POST', `/rooms/${room.id}/members`, {userId: shop.user.id});
  const tab = await RawClient.connect(cluster.urls[0]!, ann);
  await tab.call('session:start', {});
  const following = createClient({url: cluster.urls[1]!, cookie: ann.cookie});
  await following.connect();
  const {attachment} = await upload(cluster.urls[2]!, ann, {bytes: await drawing(8, 8)});
  const {seq: imageSeq} = await tab.call('message:send', {
    roomId: room.id,
    clientId: randomUUID(),
    attachmentIds: [attachment!.id],
  });
  const {seq: secret} = await tab.send(room.id, 'secret');
  const {seq: kept} = await tab.send(room.id, 'kept');
  const before = await tab.call('room:get', {roomId: room.id});

  const {body} = await call('POST', `/rooms/${room.id}/truncate`, {before: kept});

  expect(body.room).toMatchObject({firstSeq: kept, rev: expect.any(Number)});
  expect(body.room.rev).toBeGreaterThan(before.room.rev);
  const {body: again} = await call('POST', `/rooms/${room.id}/truncate`, {before: secret});
  expect(again.room).toMatchObject({firstSeq: kept, rev: body.room.rev});
  expect((await tab.call('message:list', {roomId: room.id})).messages.map(({seq}) => seq)).toEqual([kept]);
  const synced = await tab.call('room:sync', {roomId: room.id, after: 0});
  expect(JSON.stringify(synced)).not.toContain('secret');
  expect((await tab.call('message:search', {query: 'secret'})).hits).toEqual([]);
  const below = {roomId: room.id, seq: secret};
  for (const answer of [
    await tab.ask('message:edit', {...below, text: 'x'}),
    await tab.ask('message:delete', below),
    await tab.ask('reaction:set', {...below, emoji: '👍', on: true}),
    await tab.ask('reaction:list', {...below, emoji: '👍'}),
  ]) {
    expect(answer).toMatchObject({ok: false, error: {code: 'not_found'}});
  }
  const pinned = await call('PUT', `/rooms/${room.id}/messages/${secret}/pin`, {on: true});
  expect(pinned).toMatchObject({status: 404, body: {error: {code: 'not_found'}}});
  const reply = {roomId: room.id, clientId: randomUUID(), text: 'to what?', replyTo: secret};
  expect(await tab.ask('message:send', reply)).toMatchObject({ok: false, error: {code: 'invalid'}});
  for (const path of [attachment!.url, attachment!.thumbnailUrl]) {
    const {status} = await fetch(cluster.urls[2]! + path, {headers: {cookie: ann.cookie}});
    expect(status).toBe(404);
  }
  await waitFor(
    () => {
      const {timeline} = following.rooms.get(room.id)!;
      return timeline.messages.every(({seq}) => seq >= kept) && timeline.messages.length > 0;
    },
    {timeoutMs: 10_000, what: 'the follower to drop what is gone'},
  );
  expect(await following.loadEarlier(room.id)).toBe(false);
  while ((await blankTruncatedRooms(db, {limit: 1})) > 0);
  const rows = await db.query(
    {name: '', text: 'select seq, text, payload from messages where room_id = $1'},
    [room.id],
  );
  expect(rows).toEqual([
    {seq: imageSeq, text: '', payload: {}},
    {seq: secret, text: '', payload: {}},
    {seq: kept, text: 'kept', payload: {}},
  ]);
  const {body: all} = await call('POST', `/rooms/${room.id}/truncate`, {});
  expect(all.room.firstSeq).toBeGreaterThan(kept);
  expect((await tab.call('message:list', {roomId: room.id})).messages).toEqual([]);
  following.close();
  tab.close();
});

test('what a type no longer keeps is in no list, sync, edit or file of any node, and its readers are told', async () => {
  const admin = await service('admin', ['admin']);
  const {body: tenant} = await call<{version: number}>('GET', '/tenant', undefined, admin);
  const patch = {types: {kept: {keepDays: 30}}};
  expect((await call('PATCH', '/tenant', {version: tenant.version, patch}, admin)).status).toBe(200);
  const ann = await registerAccount(anyNode());
  const {id: roomId} = await makeRoom({type: 'kept', members: [{user: `id:${ann.user.id}`}]});
  const tabs = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, ann)));
  for (const tab of tabs) await tab.call('session:start', {});
  const {attachment} = await upload(anyNode(), ann, {bytes: await drawing(8, 8)});
  const attachmentIds = [attachment!.id];
  await tabs[0]!.call('message:send', {roomId, clientId: randomUUID(), attachmentIds});
  const {seq: old} = await tabs[1]!.send(roomId, 'old');
  const {seq: recent} = await tabs[2]!.send(roomId, 'recent');
  const text =
    "update messages set created_at = created_at - interval '31 days' where room_id = $1 and seq <= $2";
  await db.query({name: '', text}, [roomId, old]);

  let after: string | undefined;
  do after = await expireMessages(db, {after, limit: 100});
  while (after !== undefined);

  for (const [no, tab] of tabs.entries()) {
    await waitFor(() => entriesOf(tab, roomId).some(({room}) => room?.firstSeq === recent), {
      timeoutMs: 10_000,
      what: 'the tab to be told',
    });
    const {messages} = await tab.call('message:list', {roomId});
    expect(messages.map(({seq}) => seq)).toEqual([recent]);
    expect(JSON.stringify(await tab.call('room:sync', {roomId, after: 0}))).not.toContain('"old"');
    expect(await tab.ask('message:edit', {roomId, seq: old, text: 'x'})).toMatchObject({
      error: {code: 'not_found'},
    });
    for (const path of [attachment!.url, attachment!.thumbnailUrl]) {
      expect((await fetch(cluster.urls[no]! + path, {headers: {cookie: ann.cookie}})).status).toBe(404);
    }
  }
  for (const tab of tabs) tab.close();
});

test('messages of the past are imported once, in order and with their times, and exported as they came', async () => {
  const writers = await customers(7);
  const room = await makeRoom({archived: true, externalId: `case-${randomUUID()}`});
  const first = Date.parse('2020-01-01T00:00:00.000Z');
  const total = 50_000;
  const past = Array.from({length: total}, (_, no) => ({
    clientId: randomUUID(),
    senderId: writers[no % writers.length]!.id,
    text: `message ${no}`,
    createdAt: new Date(first + 1_000 * no).toISOString(),
    ...(no % 100 === 0 ? {data: {no, note: null}} : {}),
  }));
  const batches = Array.from({length: total / 500}, (_, no) => past.slice(500 * no, 500 * (no + 1)));
  type Results = {results: {seq: number; createdAt: string; duplicate: boolean}[]};
  const load = (messages: object[]) => call<Results>('POST', `/rooms/${room.id}/import`, {messages});

  for (const [no, batch] of batches.entries()) {
    const {status, body} = await load(batch);
    expect([no, status]).toEqual([no, 200]);
    expect(body.results.map(({createdAt}) => createdAt)).toEqual(batch.map(({createdAt}) => createdAt));
  }

  for (const [no, batch] of batches.entries()) {
    const {body} = await load(batch);
    expect(body.results.map(({seq}) => seq)).toEqual(batch.map((_, at) => 500 * no + at + 1));
    expect(body.results.every(({duplicate}) => duplicate)).toBe(true);
  }
  const lines = await exported(room.id);
  expect(lines[0]).toMatchObject({type: 'room', room: {externalId: room.externalId}});
  expect(lines.at(-1)).toEqual({type: 'end', messages: total});
  const messages = lines.flatMap((line) => (line.type === 'message' ? [line.message!] : []));
  expect(
    messages.map(({clientId, sender, text, createdAt, data}) => ({
      clientId,
      senderId: sender.id,
      text,
      createdAt,
      ...(data && {data}),
    })),
  ).toEqual(past);
  expect(messages.every(({imported, kind}) => imported === true && kind === 'text')).toBe(true);
}, 300_000);

async function exported(roomId: string, as = shop): Promise<{type: string; message?: Message}[]> {
  const answer = await fetch(`${anyNode()}/api/v1/rooms/${roomId}/export`, {
    headers: {authorization: `Bearer ${as.token}`},
  });
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await answer.text()).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as {type: string});
}

test('an import that does not fit stores nothing and says which message is why', async () => {
  const [ann] = await customers(1);
  const room = await makeRoom({archived: true});
  const at = (createdAt: string, senderId = ann!.id) => ({
    clientId: randomUUID(),
    senderId,
    text: 'x',
    createdAt,
  });
  const load = async (messages: object[]) =>
    (await call('POST', `/rooms/${room.id}/import`, {messages})).body.error;
  await load([at('2020-01-02T00:00:00Z')]);

  expect(await load([at('2020-01-03T00:00:00Z'), at('2020-01-02T23:59:59.999Z')])).toMatchObject({
    code: 'invalid',
    details: {index: 1},
  });
  expect(await load([at('2020-01-01T00:00:00Z')])).toMatchObject({code: 'invalid', details: {index: 0}});
  expect(await load([at('2999-01-01T00:00:00Z')])).toMatchObject({code: 'invalid', details: {index: 0}});
  const nobody = randomUUID();
  expect(await load([at('2020-01-04T00:00:00Z', nobody)])).toMatchObject({
    code: 'not_found',
    details: {userIds: [nobody]},
  });
  await call('PATCH', `/rooms/${room.id}`, {archived: false});
  expect(await load([at('2020-01-04T00:00:00Z')])).toMatchObject({
    code: 'conflict',
    details: {archived: false},
  });
  const exporting = await exported(room.id);
  expect(exporting.at(-1)).toEqual({type: 'end', messages: 1});
});

test('a service reads and exports what is written where it may, and no other room of its tenant', async () => {
  const ann = await registerAccount(anyNode());
  const [own, other] = [await makeRoom({members: [{user: `id:${ann.user.id}`}]}), await makeRoom()];
  const reader = await service('search', ['read']);
  const tab = await RawClient.connect(anyNode(), ann);
  const {seq} = await tab.send(own.id, 'found');
  await tab.call('message:delete', {roomId: own.id, seq: (await tab.send(own.id, 'gone')).seq});
  const at = [
    {roomId: own.id, seq: seq + 500},
    {roomId: own.id, seq},
    {roomId: other.id, seq: 1},
    {roomId: randomUUID(), seq: 1},
  ];
  const read = async (as: SignedIn) =>
    (await call<{messages: Message[]}>('POST', '/messages/read', {at}, as)).body.messages;

  expect((await read(shop)).map(({text}) => text)).toEqual(['found']);
  expect(await read(reader)).toEqual([]);
  expect((await call('GET', `/rooms/${own.id}/export`, undefined, reader)).body.error).toMatchObject({
    code: 'not_found',
  });
  const [line] = await db.query(
    {name: '', text: `select count(*)::int from audit_log where action = 'room:export' and room_id = $1`},
    [own.id],
  );
  expect(line).toEqual({count: 0});
  tab.close();
});

test('only a service sends system messages, with data that every reader sees', async () => {
  const ann = await registerAccount(anyNode());
  const room = await makeRoom({members: [{user: `id:${ann.user.id}`}]});
  const tab = await RawClient.connect(cluster.urls[2]!, ann);
  await tab.call('session:start', {});
  const system = {
    clientId: randomUUID(),
    text: 'Shipped',
    kind: 'system',
    data: {state: 'shipped', at: null},
  };

  const {body} = await call<{seq: number}>('POST', `/rooms/${room.id}/messages`, system);

  await waitFor(() => entriesOf(tab, room.id).some(({rev}) => rev === body.seq), {
    timeoutMs: 10_000,
    what: 'the message to come',
  });
  const live = entriesOf(tab, room.id).find(({rev}) => rev === body.seq)!.message!;
  expect(live).toMatchObject({kind: 'system', data: system.data, text: 'Shipped'});
  expect((await tab.call('message:list', {roomId: room.id})).messages).toEqual([live]);
  expect(
    await tab.ask('message:send', {roomId: room.id, clientId: randomUUID(), text: 'x', kind: 'system'}),
  ).toMatchObject({ok: false, error: {code: 'forbidden'}});
  tab.close();
});

test('a signed address shows one image without a credential, for as long as its user may see it', async () => {
  const ann = await registerAccount(anyNode());
  const room = await makeRoom({members: [{user: `id:${ann.user.id}`}]});
  const tab = await RawClient.connect(cluster.urls[0]!, ann);
  const image = async () => (await upload(cluster.urls[1]!, ann, {bytes: await drawing(8, 8)})).attachment!;
  const [sent, unsent] = [await image(), await image()];
  await tab.call('message:send', {roomId: room.id, clientId: randomUUID(), attachmentIds: [sent.id]});
  const {files} = await tab.call('file:sign', {ids: [sent.id, unsent.id]});
  const get = (path: string) => fetch(anyNode() + path);

  for (const {url, thumbnailUrl} of files) {
    for (const path of [url, thumbnailUrl]) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toMatch(/^image\//);
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  }
  expect(Date.parse(files[0]!.expiresAt)).toBeGreaterThan(Date.now());
  const moved = files[0]!.url.replace(sent.id, unsent.id);
  for (const path of [moved, files[0]!.url.slice(0, -3), sent.url])
    expect((await get(path)).status).toBe(401);

  await call('DELETE', `/rooms/${room.id}/members/${ann.user.id}`, {});

  expect((await get(files[0]!.url)).status).toBe(404);
  expect((await get(files[1]!.url)).status).toBe(200);
  tab.close();
});
