// Design §8, who may do what, and promises 5 and 6: every operation of the table, for every kind of caller, over every
// transport it has. A missing row or cell fails, so no operation is added without a decision about its access.
import {randomUUID} from 'node:crypto';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {anyCall, refusalsOf} from '../../src/documents/refusals.ts';
import type {Operation} from '../../src/calls/operation.ts';
import {operations} from '../../src/operations.ts';
import {nameOf} from '../../src/calls/run-operation.ts';
import {Cast, kinds, type Input, type Kind} from '../support/access-cast.ts';

/**
 * In a public room, of which the guest is a member. The other tenant's user calls within its own tenant, where only
 * rooms of this tenant are hidden; a key does so wherever it calls. A service is a stranger to the room. Abbreviations:
 * unauth is `unauthenticated`.
 */
const inPublicRoom = `
                          anonymous stranger  member    muted     moderator owner     banned    guest     other     revoked   misplaced service   foreign
  POST /auth/register     ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok
  POST /auth/login        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok
  POST /auth/guest        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok
  GET /auth/providers     ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok
  POST /auth/ticket       ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok        ok
  POST /auth/tickets      unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  PUT /users/:user        unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        ok
  GET /users/:user        unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  GET /webhooks           unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /webhooks/:id       unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /webhooks          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  PATCH /webhooks/:id     unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  DELETE /webhooks/:id    unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /webhooks/:id/test
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /webhooks/:id/replay
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /webhooks/:id/rotate
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /events             unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /keys               unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /keys/:id           unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /keys              unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  DELETE /keys/:id        unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  PUT /users              unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        ok
  DELETE /users/:user     unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  POST /users/:user/disable
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  POST /users/:user/enable
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  POST /users/:user/sign-out
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  GET /users/:user/export
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /auth/logout       unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    forbidden forbidden
  GET /me/sessions        unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    forbidden forbidden
  DELETE /me/sessions/:id
                          unauth    not_found not_found not_found not_found not_found not_found not_found not_found unauth    unauth    forbidden forbidden
  DELETE /me              unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    forbidden forbidden
  session:start           unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  session:refresh         unauth    invalid   invalid   invalid   invalid   invalid   invalid   invalid   invalid   unauth    unauth    forbidden forbidden
  user:update             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  user:list               unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  user:get                unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  user:block              unauth    ok        ok        ok        ok        ok        ok        ok        not_found unauth    unauth    forbidden forbidden
  presence:set            unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  presence:watch          unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  presence:unwatch        unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  lobby:watch             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  lobby:unwatch           unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  room:list               unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  room:create             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  room:get                unauth    ok        ok        ok        ok        ok        banned    ok        not_found unauth    unauth    ok        not_found
  room:update             unauth    forbidden forbidden forbidden forbidden ok        banned    forbidden not_found unauth    unauth    forbidden not_found
  room:prefs              unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  room:truncate           unauth    forbidden forbidden forbidden forbidden ok        banned    forbidden not_found unauth    unauth    forbidden not_found
  room:close              unauth    forbidden forbidden forbidden forbidden ok        banned    forbidden not_found unauth    unauth    forbidden not_found
  room:join               unauth    ok        ok        ok        ok        ok        banned    ok        not_found unauth    unauth    ok        not_found
  direct:open             unauth    ok        ok        ok        ok        ok        ok        ok        not_found unauth    unauth    ok        not_found
  room:leave              unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  room:members            unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  room:sync               unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  member:add              unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    ok        not_found
  PUT /rooms/:roomId/members
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  member:update           unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    forbidden not_found
  member:remove           unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    ok        not_found
  invite:create           unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    ok        not_found
  invite:list             unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    ok        not_found
  invite:revoke           unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    ok        not_found
  GET /invites/:token     ok        ok        ok        ok        ok        ok        ok        ok        not_found ok        ok        ok        not_found
  POST /invites/:token    unauth    ok        ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden forbidden
  message:list            unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  message:search          unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  message:send            unauth    forbidden ok        forbidden ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  message:edit            unauth    forbidden ok        forbidden ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  message:delete          unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  message:pin             unauth    forbidden forbidden forbidden ok        ok        banned    forbidden not_found unauth    unauth    forbidden not_found
  reaction:set            unauth    forbidden ok        forbidden ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  reaction:list           unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  thread:list             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  thread:follow           unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  report:create           unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  report:list             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    forbidden forbidden
  report:decide           unauth    not_found not_found not_found ok        ok        not_found not_found not_found unauth    unauth    forbidden forbidden
  audit:list              unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /rooms/:roomId/import
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /messages/read     unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /rooms/:roomId/export
                          unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  POST /files             unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  file:sign               unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  GET /files/:fileId      unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  GET /files/:fileId/thumbnail
                          unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  typing:set              unauth    forbidden ok        forbidden ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  read:mark               unauth    forbidden ok        ok        ok        ok        banned    ok        not_found unauth    unauth    forbidden not_found
  POST /notifications     unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    ok        not_found
  tenant:get              unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  GET /usage              unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  tenant:update           unauth    forbidden forbidden forbidden forbidden forbidden forbidden forbidden forbidden unauth    unauth    forbidden forbidden
  notification:list       unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
  notification:read       unauth    ok        ok        ok        ok        ok        ok        ok        ok        unauth    unauth    ok        ok
`;
const expected = tableOf(inPublicRoom);

/** These callers run last, since their calls would change the room for everyone else. */
const last: Kind[] = ['moderator', 'owner'];
const inOrder = [...kinds.filter((kind) => !last.includes(kind)), ...last];

let cast: Cast;
/** Rooms in which these callers can change nothing, so that all operations can share them. */
let privateStage: Stage;
let closedStage: Stage;
beforeAll(async () => {
  cast = await Cast.assemble();
  [privateStage, closedStage] = await Promise.all([setStage(), setStage()]);
  await cast.http('owner', 'PATCH', `/rooms/${privateStage.roomId}`, {visibility: 'private'});
  await cast.http('owner', 'DELETE', `/rooms/${closedStage.roomId}`, {});
});
afterAll(() => cast.stop());

test('every operation of the table is decided for every kind of caller', () => {
  expect([...expected.keys()].sort()).toEqual(operations.map(nameOf).sort());
  for (const [name, row] of expected) expect([name, ...Object.keys(row)]).toEqual([name, ...kinds]);
});

test('every refusal here is one that the operation documents', () => {
  const undocumented = operations.flatMap((operation) => {
    const documented = new Set<string>(['ok', ...anyCall, ...refusalsOf(operation).map(({code}) => code)]);
    const codes = new Set(Object.values(expected.get(nameOf(operation))!));
    return [...codes].filter((code) => !documented.has(code)).map((code) => [nameOf(operation), code]);
  });

  expect(undocumented).toEqual([]);
});

const cells = operations.flatMap((operation) =>
  (['http', 'socket'] as const)
    .filter((over) => (over === 'http' ? operation.http : operation.event))
    .map((over) => ({name: nameOf(operation), over, operation})),
);

test.concurrent.each(cells)(
  '$name over $over answers each kind of caller as decided',
  async ({name, over, operation}) => {
    const isOfFile = operation.http?.answers === 'file';
    const isOfInvite = name.endsWith('/invites/:token') || name === 'report:decide';
    const stage = isOfRoom(operation) || isOfFile || isOfInvite ? await setStage() : privateStage;
    if (isOfFile) stage.fileId = await hang(stage);
    const found: Record<string, string> = {};
    for (const kind of inOrder) {
      const outcome = await cast.call(kind, operation, over, await inputOf(name, stage, kind));
      found[kind] = outcome.code;
      if (kind === 'muted' && outcome.code === 'forbidden' && isMutedThere(name)) {
        expect(outcome.details).toEqual({mutedUntil: expect.stringMatching(/^\d{4}-.*Z$/)});
      }
    }

    expect(found).toEqual(expected.get(name));
  },
);

test.concurrent.each(['http', 'socket'] as const)(
  'the service manages the members of a private room over %s, and no other does so with its key',
  async (over) => {
    const {roomId} = await setStage();
    await cast.http('owner', 'PATCH', `/rooms/${roomId}`, {visibility: 'private'});
    const codes = async (kind: Kind) => {
      const outcomes: string[] = [];
      for (const name of ['message:list', 'member:add', 'message:list', 'member:remove', 'message:list']) {
        const operation = operations.find((each) => nameOf(each) === name)!;
        const input = {roomId, ...(name.startsWith('member') ? {userId: cast.userId(kind)} : {})};
        outcomes.push((await cast.call(kind, operation, over, input)).code);
      }
      return outcomes;
    };

    expect(await codes('service')).toEqual(['not_found', 'ok', 'ok', 'ok', 'not_found']);
    expect(await codes('foreign service')).toEqual(Array(5).fill('not_found'));
  },
);

const ofRooms = cells.filter(({operation}) => isOfRoom(operation));

test.concurrent.each(ofRooms)(
  '$name over $over does not tell a stranger that a private room exists',
  async ({name, over, operation}) => {
    for (const kind of ['stranger', 'other tenant', 'foreign service'] as const) {
      const {code} = await cast.call(kind, operation, over, await inputOf(name, privateStage, kind));
      const {code: ofNone} = await cast.call(kind, operation, over, {
        ...(await inputOf(name, privateStage, kind)),
        roomId: randomUUID(),
      });
      expect([kind, code, ofNone]).toEqual([kind, 'not_found', 'not_found']);
    }
  },
);

test.concurrent.each(ofRooms)(
  '$name over $over tells a member that the room is closed',
  async ({name, over, operation}) => {
    const codes = [];
    for (const kind of ['stranger', 'member', 'owner', 'banned'] as const) {
      codes.push((await cast.call(kind, operation, over, await inputOf(name, closedStage, kind))).code);
    }

    // Members may fetch the last changes. A stranger never had a right to them, nor to send.
    const stranger = name === 'room:sync' || name === 'message:send' ? 'forbidden' : 'room_closed';
    const member = name === 'room:sync' ? 'ok' : 'room_closed';
    // For the cluster this is a retry.
    const owner = name === 'room:close' ? 'ok' : member;
    expect(codes).toEqual([stranger, member, owner, 'banned']);
  },
);

/** `fileId` is the id of an image that a member has sent. */
type Stage = {roomId: string; seqs: Partial<Record<Kind, number>>; fileId?: string};

async function hang({roomId}: Stage): Promise<string> {
  const fileId = await cast.image('member');
  const body = {clientId: randomUUID(), attachmentIds: [fileId]};
  await cast.http('member', 'POST', `/rooms/${roomId}/messages`, body);
  return fileId;
}

async function invite(roomId: string): Promise<string> {
  const {url} = await cast.http('owner', 'POST', `/rooms/${roomId}/invites`, {expiresInS: 600});
  return (url as string).split('/').at(-1)!;
}

/** A room with everyone in their place; everyone who ever could has sent a message. */
async function setStage(): Promise<Stage> {
  const {room} = (await cast.http('owner', 'POST', '/rooms', {title: 'Stage'})) as {room: {id: string}};
  const path = `/rooms/${room.id}`;
  const seqs: Stage['seqs'] = {};
  const enter = async (kind: keyof Stage['seqs']) => {
    if (kind !== 'owner') await cast.http(kind, 'POST', `${path}/join`, {});
    const sent = await cast.http(kind, 'POST', `${path}/messages`, {clientId: randomUUID(), text: kind});
    seqs[kind] = sent['seq'] as number;
  };
  const target = cast.http('target', 'POST', `${path}/join`, {});
  await Promise.all([
    target,
    ...(['member', 'muted', 'moderator', 'owner', 'banned', 'guest'] as const).map(enter),
  ]);
  const change = (kind: Kind, patch: Input) =>
    cast.http('owner', 'PATCH', `${path}/members/${cast.userId(kind)}`, patch);
  await Promise.all([
    change('muted', {mutedUntil: new Date(Date.now() + 3_600_000).toISOString()}),
    change('moderator', {role: 'moderator'}),
    change('banned', {banned: true}),
  ]);
  return {roomId: room.id, seqs};
}

/** An input that would succeed if the caller were allowed: own messages, lower ranks, the right password. */
async function inputOf(name: string, {roomId, seqs, fileId}: Stage, kind: Kind): Promise<Input> {
  if (name === 'POST /auth/ticket') return {ticket: await cast.ticket(isElsewhere(kind))};
  if (name.endsWith('/invites/:token')) return {token: await invite(roomId)};
  if (name === 'report:decide') {
    const given = {roomId, seq: seqs.member, reason: 'rude'};
    const {id} = await cast.http('guest', 'POST', '/reports', given);
    return {id, outcome: 'dismissed', reason: 'fine'};
  }
  if (isOfOneUser(name)) return {user: await cast.customer()};
  const ofMessage = {roomId, seq: seqs[kind] ?? seqs.member};
  const target = {roomId, userId: cast.userId('target')};
  const inputs: Record<string, Input> = {
    'POST /auth/register': {username: `u-${randomUUID().slice(0, 8)}`, password: 'correct horse battery'},
    'POST /auth/login': {
      username: cast.username(isElsewhere(kind) ? 'other tenant' : 'target'),
      password: 'correct horse battery',
    },
    'POST /auth/tickets': {userId: cast.userId('target')},
    'PUT /users/:user': {user: randomUUID(), name: 'A customer'},
    'PUT /users': {users: [{externalId: randomUUID(), name: 'A customer'}]},
    'GET /users/:user': {user: `id:${cast.userId('target')}`},
    'GET /keys/:id': {id: randomUUID()},
    'GET /webhooks/:id': {id: randomUUID()},
    'POST /webhooks': {url: 'https://shop.example/madang'},
    'PATCH /webhooks/:id': {id: randomUUID()},
    'DELETE /webhooks/:id': {id: randomUUID()},
    'POST /webhooks/:id/test': {id: randomUUID()},
    'POST /webhooks/:id/replay': {id: randomUUID(), after: 0},
    'POST /webhooks/:id/rotate': {id: randomUUID()},
    'POST /keys': {service: 'another', scopes: ['send']},
    'DELETE /keys/:id': {id: randomUUID()},
    'GET /users/:user/export': {user: `id:${cast.userId('target')}`},
    'DELETE /me': kind === 'guest' ? {} : {password: 'correct horse battery'},
    'session:refresh': {token: 'aa.bb.cc'},
    'user:update': {color: '#123456'},
    'user:get': {userIds: [cast.userId('target')]},
    // What is not said over one transport would be changed over the other.
    'user:block': {userId: cast.userId('target'), on: false},
    'presence:set': {away: false},
    'room:create': {title: 'Another'},
    'room:update': {roomId, title: 'Renamed'},
    'room:prefs': {roomId, level: 'none'},
    'room:truncate': {roomId, before: 1},
    'PUT /rooms/:roomId/members': {roomId, members: [{user: `id:${cast.userId('newcomer')}`}]},
    'POST /rooms/:roomId/import': {
      roomId,
      messages: [
        {
          clientId: randomUUID(),
          senderId: cast.userId('target'),
          text: 'old',
          createdAt: '2020-01-01T00:00:00.000Z',
        },
      ],
    },
    'POST /messages/read': {at: [{roomId, seq: 1}]},
    'GET /rooms/:roomId/export': {roomId},
    'direct:open': {userId: cast.userId('target')},
    'room:sync': {roomId, after: 0},
    'member:add': {roomId, userId: cast.userId('newcomer')},
    'member:update': {...target, mutedUntil: new Date(Date.now() + 3_600_000).toISOString()},
    'member:remove': target,
    'message:search': {roomId, query: 'member'},
    'invite:create': {roomId, expiresInS: 600},
    'invite:list': {roomId},
    'invite:revoke': {roomId, id: randomUUID()},
    'message:send': {roomId, clientId: randomUUID(), text: 'hello'},
    'message:edit': {...ofMessage, text: 'edited'},
    'message:delete': ofMessage,
    'message:pin': {...ofMessage, on: true},
    'thread:follow': {...ofMessage, on: true},
    'reaction:set': {...ofMessage, emoji: '👍', on: true},
    // Nobody reports their own message.
    'report:create': {roomId, seq: kind === 'owner' ? seqs.member : seqs.owner, reason: 'rude'},
    'reaction:list': {...ofMessage, emoji: '👍'},
    'GET /files/:fileId': {fileId},
    'GET /files/:fileId/thumbnail': {fileId},
    'file:sign': {ids: [randomUUID()]},
    'typing:set': {roomId, typing: true},
    'read:mark': ofMessage,
    'POST /notifications': {to: [cast.userId('target')], type: 'order', data: {}},
    'tenant:update': {version: 1, patch: {}},
    'notification:read': {ids: [randomUUID()]},
  };
  const isOfRoomAlone = /^(room:(get|close|join|leave|members)|message:list)$/.test(name);
  return inputs[name] ?? (isOfRoomAlone ? {roomId} : {});
}

/** Callers whose host name or key leads to the other tenant. */
function isElsewhere(kind: Kind): boolean {
  return kind === 'other tenant' || kind === 'foreign service';
}

/** Operations that end or disable a user get a separate user. */
function isOfOneUser(name: string): boolean {
  return /^(DELETE|POST) \/users\/:user/.test(name);
}

function isOfRoom(operation: Operation): boolean {
  return /^(room:(?!list|create)|member:|invite:|message:|reaction:|report:create|thread:follow|typing:|read:)/.test(
    nameOf(operation),
  );
}

function isMutedThere(name: string): boolean {
  return ['message:send', 'message:edit', 'reaction:set', 'typing:set'].includes(name);
}

/** Name -> kind -> code: columns in the order of `kinds`; a long name has a separate line. */
function tableOf(text: string): Map<string, Record<string, string>> {
  const joined = text.replaceAll(/(\S)\n {20,}(?=\S)/g, '$1  ');
  const [, ...rows] = joined.split('\n').filter((line) => line.trim() !== '');
  return new Map(
    rows.map((row) => {
      const [, name = '', codes = ''] = /^(.*?) {2,}(.*)$/.exec(row.trim()) ?? [];
      const decided = codes
        .split(/\s+/)
        .map((code, column) => [kinds[column], code === 'unauth' ? 'unauthenticated' : code]);
      return [name, Object.fromEntries(decided) as Record<string, string>];
    }),
  );
}
