/** A valid input of every operation, and the ways to make it invalid. */
import type {CallInput, CallName} from '@madang/protocol/calls';
import {limits} from '@madang/protocol/limits';
import type {Operation} from '../../src/calls/operation.ts';

export const roomId = '0193e7a0-0000-7000-8000-000000000001';
export const userId = '0193e7a0-0000-7000-8000-000000000002';
const password = {current: 'correct horse', next: 'battery staple'};

/** Each has every optional field, so that each one is varied. Keyed by the names of `nameOf` if there is no event. */
export const samples = {
  'session:start': {cursors: {[roomId]: {epoch: '1.1', rev: 3}}, after: 'rest', limit: 10},
  'session:refresh': {token: 'aa.bb.cc'},
  'user:update': {
    displayName: 'Ada',
    color: '#aabbcc',
    avatarId: userId,
    password,
    status: {text: 'out', emoji: '🌴', until: '2030-01-01T00:00:00.000Z'},
    dndUntil: '2030-01-01T00:00:00.000Z',
    directs: 'request',
  },
  'user:block': {userId, on: true},
  'user:get': {userIds: [userId]},
  'presence:set': {away: true},
  'user:list': {
    online: true,
    query: 'a',
    ids: [userId],
    externalIds: ['customer-7'],
    disabled: false,
    after: 'x',
    limit: 10,
  },
  'presence:watch': {},
  'presence:unwatch': {},
  'lobby:watch': {},
  'lobby:unwatch': {},
  'room:list': {
    all: true,
    member: 'customer-7',
    externalIds: ['order-7'],
    archived: true,
    closed: false,
    after: 'x',
    limit: 10,
  },
  'room:create': {
    title: 'Courtyard',
    visibility: 'public',
    password: 'sesame',
    capacity: 10,
    ephemeral: false,
    clientId: roomId,
    externalId: 'order-7',
    // Almost everything is valid within `data`.
    data: {},
    archived: true,
    members: [{user: 'customer-7', role: 'member'}],
  },
  'room:get': {roomId},
  'room:update': {
    roomId,
    title: 'Yard',
    topic: 'What grows',
    slowSeconds: 30,
    visibility: 'private',
    password: 'sesame',
    capacity: 10,
    ephemeral: true,
    data: {},
    archived: true,
  },
  'room:prefs': {roomId, level: 'none', section: 'Work', hidden: true, request: false},
  'room:truncate': {roomId, before: 3},
  'room:close': {roomId},
  'room:join': {roomId, password: 'sesame'},
  'direct:open': {userId},
  'room:leave': {roomId},
  'room:members': {roomId, online: true, after: 'x', limit: 10},
  'room:sync': {roomId, epoch: '1.1', after: 0, limit: 10},
  'member:add': {roomId, userId, role: 'member', reason: 'asked for it'},
  'member:update': {
    roomId,
    userId,
    role: 'moderator',
    mutedUntil: '2030-01-01T00:00:00.000Z',
    banned: false,
    reason: 'calmed down',
  },
  'member:remove': {roomId, userId, reason: 'rude'},
  'message:list': {roomId, before: 10, pinned: true, limit: 10},
  'message:search': {
    query: 'hello',
    roomId,
    from: roomId,
    has: 'link',
    since: '2026-03-01T09:30:00.000Z',
    until: '2026-03-02T09:30:00.000Z',
    after: 'x',
  },
  'invite:create': {roomId, expiresInS: 600, uses: 2},
  'invite:list': {roomId},
  'invite:revoke': {roomId, id: userId},
  'message:send': {
    roomId,
    clientId: userId,
    text: 'hello',
    attachmentIds: [userId],
    replyTo: 1,
    threadOf: 1,
    mentions: [userId],
    notify: 'here',
    data: {},
    kind: 'text',
  },
  'message:edit': {roomId, seq: 1, text: 'hello', data: {}},
  'message:delete': {roomId, seq: 1, reason: 'rude'},
  'message:pin': {roomId, seq: 1, on: true},
  'reaction:set': {roomId, seq: 1, emoji: '👍', on: true},
  'reaction:list': {roomId, seq: 1, emoji: '👍', after: 'x'},
  'thread:list': {after: 'x'},
  'thread:follow': {roomId, seq: 1, on: true},
  'report:create': {roomId, seq: 1, reason: 'rude'},
  'report:list': {roomId, open: true, after: 'x', limit: 10},
  'report:decide': {id: userId, outcome: 'dismissed', reason: 'fine'},
  'audit:list': {action: 'report:decide', after: 'x', limit: 10},
  'tenant:get': {},
  // Everything is valid within `patch`; the resulting policy is checked later.
  'tenant:update': {version: 1, patch: {}},
  'file:sign': {ids: [roomId]},
  'typing:set': {roomId, typing: true},
  'read:mark': {roomId, seq: 1, threadOf: 1, back: false},
  'notification:list': {after: 'x', limit: 10},
  'notification:read': {ids: [userId]},
} satisfies {[Name in CallName]: CallInput<Name>};

export const httpSamples = {
  'POST /auth/register': {username: 'mina', password: 'correct horse', displayName: 'Mina'},
  'POST /auth/login': {username: 'ada', password: 'correct horse'},
  'POST /auth/guest': {displayName: 'Ada'},
  'GET /auth/providers': {},
  'POST /auth/ticket': {ticket: 'mdt_abc', token: true},
  'POST /auth/tickets': {userId},
  'PUT /users/:user': {user: 'customer-7', name: 'Ada', displayName: 'Ada L.', color: '#aabbcc'},
  'PUT /users': {
    users: [{externalId: 'customer-7', name: 'Ada', displayName: 'Ada L.', color: '#aabbcc', data: {}}],
  },
  'GET /users/:user': {user: 'customer-7'},
  'GET /invites/:token': {token: 'mdi_abc'},
  'POST /invites/:token': {token: 'mdi_abc'},
  'GET /usage': {},
  'GET /webhooks': {},
  'GET /webhooks/:id': {id: roomId},
  'POST /webhooks': {url: 'https://shop.example/madang', types: ['message.created']},
  'PATCH /webhooks/:id': {
    id: roomId,
    url: 'https://shop.example/madang',
    types: ['message.created'],
    enabled: true,
  },
  'DELETE /webhooks/:id': {id: roomId},
  'POST /webhooks/:id/test': {id: roomId},
  'POST /webhooks/:id/replay': {id: roomId, after: 7},
  'POST /webhooks/:id/rotate': {id: roomId},
  'GET /events': {after: 7, types: ['message.created'], limit: 10, waitSeconds: 1},
  'GET /keys': {after: 'x', limit: 10},
  'GET /keys/:id': {id: roomId},
  'POST /keys': {
    service: 'order-desk',
    scopes: ['users', 'send'],
    expiresAt: '2030-01-01T00:00:00.000Z',
    replaces: roomId,
    overlapSeconds: 60,
  },
  'DELETE /keys/:id': {id: roomId, sessions: false},
  'PUT /rooms/:roomId/members': {roomId, members: [{user: 'customer-7', role: 'member'}]},
  'POST /rooms/:roomId/import': {
    roomId,
    messages: [
      {
        clientId: userId,
        senderId: userId,
        text: 'hello',
        createdAt: '2020-01-01T00:00:00.000Z',
        data: {},
      },
    ],
  },
  'POST /messages/read': {at: [{roomId, seq: 1}]},
  'GET /rooms/:roomId/export': {roomId},
  'GET /users/:user/export': {user: 'customer-7'},
  'DELETE /users/:user': {user: 'customer-7', messages: 'keep'},
  'POST /users/:user/disable': {user: 'customer-7'},
  'POST /users/:user/enable': {user: 'customer-7'},
  'POST /users/:user/sign-out': {user: 'customer-7'},
  'GET /files/:fileId': {fileId: roomId},
  'GET /files/:fileId/thumbnail': {fileId: roomId},
  'POST /auth/logout': {everywhere: true},
  'GET /me/sessions': {},
  'DELETE /me/sessions/:id': {id: 'abc'},
  'DELETE /me': {password: 'correct horse'},
  // Almost everything is valid within `data`.
  'POST /notifications': {to: [userId], type: 'order', data: {}, key: 'order 1'},
};

export type Malformation = {kind: string; what: string; text: string};
type Json = null | boolean | number | string | Json[] | {[key: string]: Json};
type Path = (string | number)[];

/** Null removes these. */
const mayBeNull = new Set([
  'password',
  'mutedUntil',
  'data',
  'types',
  'level',
  'section',
  'status',
  'dndUntil',
  'topic',
  'slowSeconds',
]);
const nul = '\u0000';
const unpaired = '\ud800';

/** The most bytes that an operation accepts over HTTP; over a socket it is the same for all. */
export const bodyBytesOf = ({http}: Operation): number =>
  http?.takes === 'much' ? limits.bulkBytes : limits.eventBytes;

/** Every way to make a valid input invalid, as JSON text. `optional` names the fields that may be missing. */
export function malformationsOf(
  sample: object,
  isOptional: (field: string) => boolean,
  bodyBytes: number,
): Malformation[] {
  const input = sample as {[key: string]: Json};
  const spoiled: Malformation[] = [];
  const add = (kind: string, what: string, value: Json) =>
    spoiled.push({kind, what, text: JSON.stringify(value)});

  for (const field of Object.keys(input).filter((each) => !isOptional(each))) {
    const {[field]: _, ...rest} = input;
    add('missing', field, rest);
  }
  for (const value of [null, 'text', 7, true, [input]] as Json[]) {
    add('wrong type', `${JSON.stringify(value).slice(0, 10)} instead of an object`, value);
  }
  for (const {path, value} of placesOf(input)) {
    const name = path.join('.');
    for (const other of [null, {}, [[]], -1.5, 'not it at all', false] as Json[]) {
      if (kindOf(other) === kindOf(value) || (other === null && mayBeNull.has(name))) continue;
      add('wrong type', `${JSON.stringify(other)} as ${name}`, withValue(input, path, other));
    }
    if (typeof value === 'string') {
      add('U+0000', name, withValue(input, path, value + nul));
      add('unpaired surrogate', name, withValue(input, path, value + unpaired));
      add('oversized field', name, withValue(input, path, 'x'.repeat(9_000)));
    }
    if (typeof value === 'number') add('oversized field', name, withValue(input, path, 2 ** 60));
    if (Array.isArray(value)) {
      add(
        'oversized field',
        name,
        withValue(
          input,
          path,
          // As many as fit into the body.
          Array.from(
            {length: Math.min(1_100, Math.floor((bodyBytes - 4_000) / JSON.stringify(value[0]).length))},
            () => value[0]!,
          ),
        ),
      );
    }
  }
  for (const key of ['unknown', 'constructor', 'toString', nul, unpaired, '']) {
    add('unknown field', JSON.stringify(key), {...input, [key]: 1});
  }
  for (const path of [
    [],
    ...placesOf(input)
      .filter(({value}) => isObject(value))
      .map((place) => place.path),
  ]) {
    spoiled.push({kind: '__proto__', what: path.join('.') || 'at the top', text: withProto(input, path)});
  }
  spoiled.push({
    kind: 'oversized',
    what: 'above the size of a body',
    text: JSON.stringify({...input, unknown: 'x'.repeat(bodyBytes + 5_000)}),
  });
  return spoiled;
}

/** Each value inside, with its path. */
function placesOf(value: Json, path: Path = []): {path: Path; value: Json}[] {
  const inside: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value)
      : [];
  return inside.flatMap(([key, each]) => [
    {path: [...path, key], value: each},
    ...placesOf(each, [...path, key]),
  ]);
}

function withValue(value: Json, [key, ...rest]: Path, put: Json): Json {
  if (key === undefined) return put;
  if (Array.isArray(value))
    return value.map((each, index) => (index === key ? withValue(each, rest, put) : each));
  const object = value as {[key: string]: Json};
  return {...object, [key]: withValue(object[key]!, rest, put)};
}

/** A key that no object literal can have: it exists only in the text. */
function withProto(input: Json, path: Path): string {
  const marked = path.reduceRight<(value: Json) => Json>(
    (inner, key) => (value) => {
      const object = value as {[key: string]: Json};
      return {...object, [key]: inner(object[key]!)};
    },
    (value) => ({...(value as object), __marker__: {epoch: '1.1', rev: 1, isAdmin: true}}),
  )(input);
  return JSON.stringify(marked).replace('__marker__', '__proto__');
}

function kindOf(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: Json): value is {[key: string]: Json} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
