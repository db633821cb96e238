/** Examples of the HTTP-only operations. Each row of the operation table has one; a test checks it. */
import {
  alice,
  attachment,
  bob,
  createdAt,
  ids,
  later,
  message,
  notification,
  serviceKey,
  state,
} from './cast.ts';

const webhook = {
  id: '01890a5d-ac96-774b-bcce-b302099a8059',
  url: 'https://shop.example/madang',
  types: ['message.created' as const],
  status: 'active' as const,
  position: 42,
  lagSeconds: 0,
  attempts: 0,
  createdAt,
};

/** A user of the product, as its service sees them. */
const customer = {
  id: ids.alice,
  kind: 'account' as const,
  name: 'Alice Kim',
  color: '#2f7d5b',
  externalId: 'customer-1042',
  createdAt,
  seenAt: later,
  data: {plan: 'pro'},
};

export const routeExamples = {
  register: {
    input: {username: 'alice', password: 'three words of nothing', displayName: 'Alice'},
    result: {user: alice},
  },
  logIn: {input: {username: 'alice', password: 'three words of nothing'}, result: {user: alice}},
  guest: {input: {}, result: {user: bob}},
  providers: {input: {}, result: {providers: ['github']}},
  redeemTicket: {
    input: {ticket: 'mdt_Q2hlY2sgdGhlIHRhYmxlcw', token: true},
    result: {user: alice, token: 'mds_QSB0b2tlbiBvZiBhIHNlc3Npb24'},
  },
  readInvite: {
    input: {token: 'mdi_Q2hlY2sgdGhlIHRhYmxlcw'},
    result: {title: 'Courtyard', memberCount: 2, createdBy: alice},
  },
  acceptInvite: {input: {token: 'mdi_Q2hlY2sgdGhlIHRhYmxlcw'}, result: state},
  createTicket: {input: {userId: ids.alice}, result: {ticket: 'mdt_Q2hlY2sgdGhlIHRhYmxlcw'}},
  putUser: {
    input: {user: 'customer-1042', name: 'Alice Kim', color: '#2f7d5b', data: {plan: 'pro'}},
    result: {user: customer},
  },
  putUsers: {
    input: {users: [{externalId: 'customer-1042', name: 'Alice Kim', color: '#2f7d5b', data: {plan: 'pro'}}]},
    result: {results: [{user: customer}]},
  },
  deleteUserRef: {
    input: {user: 'customer-1042', messages: 'erase' as const},
    result: {userId: ids.alice, messages: 'erase' as const},
  },
  administerUser: {input: {user: 'customer-1042'}, result: {user: {...customer, disabled: true}}},
  exportUser: {
    input: {user: 'customer-1042'},
    result: [
      {type: 'user', user: customer},
      {type: 'end', lines: 1},
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  },
  getUser: {input: {user: 'customer-1042'}, result: {user: customer}},
  getUsage: {
    input: {from: '2026-03-01'},
    result: {
      days: [
        {
          day: '2026-03-01',
          messages: 1_840,
          users: 312,
          rooms: 96,
          connections: 75,
          calls: 20_211,
          bytes: 48_203_776,
        },
      ],
      quotas: {users: 1_000, messages: 10_000},
    },
  },
  readEvents: {
    input: {after: 41, types: ['message.created' as const], limit: 100, waitSeconds: 20},
    result: {
      events: [
        {
          id: `evt_${ids.room}_1764590400.1_7`,
          type: 'message.created' as const,
          version: 1 as const,
          timestamp: createdAt,
          position: 42,
          roomId: ids.room,
          rev: 7,
          data: {message},
        },
      ],
      next: 42,
    },
  },
  listWebhooks: {input: {}, result: {webhooks: [webhook]}},
  getWebhook: {input: {id: webhook.id}, result: {webhook}},
  createWebhook: {
    input: {url: webhook.url, types: ['message.created' as const]},
    result: {webhook, secret: 'whsec_V2hvIGhvbGRzIHRoaXMgY2FuIHRlbGwgd2hvIGNhbGxz'},
  },
  updateWebhook: {input: {id: webhook.id, enabled: true}, result: {webhook}},
  testWebhook: {
    input: {id: webhook.id},
    result: {delivered: false, status: 500, error: 'The answer was 500.'},
  },
  replayWebhook: {input: {id: webhook.id, after: 41}, result: {webhook: {...webhook, position: 41}}},
  rotateWebhook: {
    input: {id: webhook.id},
    result: {secret: 'whsec_QW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgd2ViaG9vaw'},
  },
  listKeys: {input: {limit: 50}, result: {keys: [serviceKey]}},
  getKey: {input: {id: serviceKey.id}, result: {key: serviceKey}},
  createKey: {
    input: {
      service: 'order-desk',
      scopes: ['users' as const, 'send' as const],
      expiresAt: '2027-03-01T09:30:00.000Z',
    },
    result: {key: serviceKey, secret: 'mdk_V2hvIGhvbGRzIHRoaXMgaXMgdGhlIG9yZGVyIGRlc2s'},
  },
  revokeKey: {
    input: {id: serviceKey.id},
    result: {key: {...serviceKey, revokedAt: '2026-03-02T10:00:00.000Z'}},
  },
  putMembers: {
    input: {
      roomId: ids.room,
      members: [{user: 'customer-1042', role: 'member' as const}, {user: `id:${ids.bob}`}],
    },
    result: {joined: [ids.alice], refused: [{userId: ids.bob, code: 'banned'}]},
  },
  importMessages: {
    input: {
      roomId: ids.room,
      messages: [{clientId: ids.client, senderId: ids.alice, text: 'Where is my order?', createdAt}],
    },
    result: {results: [{seq: 1, rev: 1, createdAt, duplicate: false}]},
  },
  readMessages: {input: {at: [{roomId: ids.room, seq: message.seq}]}, result: {messages: [message]}},
  exportRoom: {input: {roomId: ids.room}, result: {type: 'message' as const, message}},
  logOut: {input: {everywhere: true}, result: {}},
  listSessions: {
    input: {},
    result: {
      sessions: [
        {
          id: '6bP1t3C2Xb7t9gqvUuV0m0i1mUO2v5zq8Rk3l4d0x1E',
          createdAt,
          seenAt: later,
          address: '203.0.113.7',
          agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
          current: true,
        },
      ],
    },
  },
  endSession: {input: {id: '6bP1t3C2Xb7t9gqvUuV0m0i1mUO2v5zq8Rk3l4d0x1E'}, result: {}},
  deleteMe: {input: {password: 'three words of nothing'}, result: {}},
  upload: {input: {file: '(the bytes of kitten.webp)'}, result: {attachment}},
  getFile: {input: {fileId: ids.image}},
  notify: {
    input: {
      to: [ids.alice],
      type: notification.type,
      data: notification.data,
      key: 'order-1042-shipped',
    },
    result: {ids: [notification.id]},
  },
};
