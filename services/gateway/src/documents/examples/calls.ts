/** An example of every socket operation. The type requires all of them; a test checks each against its schemas. */
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {CallInput, CallName, CallResult} from '@madang/protocol/calls';
import {
  alice,
  bob,
  createdAt,
  directState,
  epoch,
  frame,
  invite,
  ids,
  later,
  member,
  message,
  notification,
  prefs,
  report,
  room,
  state,
} from './cast.ts';

type CallExamples = {[Name in CallName]: {input: CallInput<Name>; result: CallResult<Name>}};

const roomId = ids.room;
const nothing = {input: {}, result: {}};

export const callExamples: CallExamples = {
  'session:start': {
    input: {cursors: {[roomId]: {epoch, rev: 41}}, limit: 50},
    result: {
      user: alice,
      node: 'gateway-1',
      rooms: [state],
      frames: [frame],
      ended: [],
      may: ['createPrivate', 'direct', 'directory', 'rename'],
    },
  },
  'session:refresh': {
    input: {token: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXN0b21lci03In0.c2lnbmF0dXJl'},
    result: {expiresAt: later},
  },
  'user:update': {
    input: {displayName: 'Alice', status: {text: 'On holiday', emoji: '🌴', until: later}},
    result: {user: {...alice, status: {text: 'On holiday', emoji: '🌴', until: later}}},
  },
  'user:list': {
    input: {query: 'ali', limit: 50},
    result: {users: [{...alice, online: true}]},
  },
  'user:get': {input: {userIds: [alice.id]}, result: {users: [{...alice, online: true, away: true}]}},
  'user:block': {input: {userId: bob.id, on: true}, result: {}},
  'presence:set': {input: {away: true}, result: {}},
  'presence:watch': {input: {}, result: {online: 1, users: [{...alice, online: true}]}},
  'presence:unwatch': nothing,
  'lobby:watch': nothing,
  'lobby:unwatch': nothing,
  'room:list': {input: {query: 'court', limit: 50}, result: {rooms: [room]}},
  'room:create': {
    input: {title: 'Courtyard', visibility: 'public', capacity: 100, clientId: ids.client},
    result: {...state, room: {...room, capacity: 100, memberCount: 1}, head: 0, unread: 0},
  },
  'room:get': {input: {roomId}, result: {room}},
  'room:update': {
    input: {roomId, title: 'Garden', topic: 'What grows, and when', password: null},
    result: {room: {...room, title: 'Garden', topic: 'What grows, and when', rev: 43}},
  },
  'room:prefs': {input: {roomId, level: 'none'}, result: {prefs: {...prefs, level: 'none'}}},
  'room:truncate': {input: {roomId, before: 42}, result: {room: {...room, rev: 43, firstSeq: 42}}},
  'room:close': {input: {roomId}, result: {room: {...room, rev: 43, closedAt: later}}},
  'room:join': {
    input: {roomId, password: 'open sesame'},
    result: {...state, membership: {role: 'member', joinedAt: 43, readSeq: 42}, unread: 0},
  },
  'room:leave': {input: {roomId}, result: {leftAt: 43}},
  'room:members': {
    input: {roomId, online: true, limit: 50},
    result: {members: [member], online: 1},
  },
  'direct:open': {input: {userId: bob.id}, result: directState},
  'member:add': {input: {roomId, userId: bob.id, role: 'member'}, result: {member}},
  'member:update': {
    input: {roomId, userId: bob.id, mutedUntil: '2026-03-01T10:00:00Z'},
    result: {member: {...member, mutedUntil: '2026-03-01T10:00:00.000Z'}},
  },
  'member:remove': {input: {roomId, userId: bob.id}, result: {leftAt: 43}},
  'room:sync': {input: {roomId, epoch, after: 41, limit: 50}, result: frame},
  'message:list': {
    input: {roomId, around: 42, limit: 50},
    result: {messages: [message], more: true, moreAfter: false},
  },
  'message:search': {
    input: {query: 'hello "the courtyard"', from: alice.id, since: '2026-02-01T00:00:00Z'},
    result: {hits: [message], searchedTo: '2026-02-01T00:00:00.000Z'},
  },
  'invite:create': {
    input: {roomId, expiresInS: 604_800, uses: 10},
    result: {url: '/invites/mdi_Q2hlY2sgdGhlIHRhYmxlcw', invite},
  },
  'invite:list': {input: {roomId}, result: {invites: [invite]}},
  'invite:revoke': {input: {roomId, id: invite.id}, result: {}},
  'message:send': {
    input: {roomId, clientId: ids.client, text: 'Hello, Alice!'},
    result: {seq: 42, rev: 42, createdAt, duplicate: false},
  },
  'message:edit': {input: {roomId, seq: 42, text: 'Good morning, Alice!'}, result: {seq: 42, rev: 43}},
  'message:delete': {input: {roomId, seq: 42}, result: {seq: 42, rev: 44}},
  'message:pin': {input: {roomId, seq: 42, on: true}, result: {rev: 45}},
  'reaction:set': {
    input: {roomId, seq: 42, emoji: '👍', on: true},
    result: {
      rev: 45,
      annotations: {reactions: [{emoji: '👍', count: 2, by: [alice.id, bob.id], mine: true}]},
    },
  },
  'reaction:list': {input: {roomId, seq: 42, emoji: '👍'}, result: {users: [alice, bob]}},
  'thread:list': {
    input: {},
    result: {threads: [{root: {...message, thread: {replies: 2, lastSeq: 44}}, unreadFrom: 44}]},
  },
  'thread:follow': {input: {roomId, seq: 42, on: true}, result: {}},
  'report:create': {input: {roomId, seq: 42, reason: 'Insults me'}, result: {id: report.id}},
  'report:list': {input: {open: true, limit: 50}, result: {reports: [report]}},
  'report:decide': {
    input: {id: report.id, outcome: 'deleted', reason: 'Not our tone'},
    result: {
      report: {...report, decidedAt: later, decidedBy: alice, outcome: 'deleted', decision: 'Not our tone'},
    },
  },
  'audit:list': {
    input: {action: 'report:decide', limit: 50},
    result: {
      lines: [
        {
          id: 1042,
          at: later,
          action: 'report:decide',
          actor: alice,
          user: bob,
          roomId,
          reason: 'Not our tone',
        },
      ],
    },
  },
  'tenant:get': {input: {}, result: {policy: presetPolicy('team', 'Shop'), version: 3}},
  'tenant:update': {
    input: {version: 3, patch: {people: {directory: false}}},
    result: {
      policy: {
        ...presetPolicy('team', 'Shop'),
        people: {...presetPolicy('team').people, directory: false},
      },
      version: 4,
    },
  },
  'file:sign': {
    input: {ids: [ids.image]},
    result: {
      files: [
        {
          id: ids.image,
          url: `/api/v1/files/${ids.image}?signature=0193e7a0.9a4f.1772361000.c2lnbmVk`,
          thumbnailUrl: `/api/v1/files/${ids.image}/thumbnail?signature=0193e7a0.9a4f.1772361000.c2lnbmVk`,
          expiresAt: '2026-03-01T10:30:00.000Z',
        },
      ],
    },
  },
  'typing:set': {input: {roomId, typing: true}, result: {}},
  'read:mark': {input: {roomId, seq: 42}, result: {readSeq: 42, unread: 0, mentions: 0}},
  'notification:list': {input: {limit: 50}, result: {notifications: [notification], unread: 1}},
  'notification:read': {input: {ids: [notification.id]}, result: {unread: 0}},
};
