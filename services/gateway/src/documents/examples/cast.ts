/** The people, rooms and messages of all examples. They form one story, so that the examples fit together. */
import type {Invite} from '@madang/protocol/invites';
import type {Key} from '@madang/protocol/keys';
import type {Frame} from '@madang/protocol/log';
import type {Attachment, Message} from '@madang/protocol/messages';
import type {Notification} from '@madang/protocol/notifications';
import type {Member} from '@madang/protocol/members';
import type {Report} from '@madang/protocol/reports';
import type {Room, RoomPrefs, RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';

const idOf = (last: number) => `0193e7a0-5c1d-7e20-9a4f-${last.toString(16).padStart(12, '0')}`;

export const ids = {
  alice: idOf(0xa1),
  bob: idOf(0xb0),
  room: idOf(0x10),
  direct: idOf(0x11),
  client: idOf(0xc1),
  image: idOf(0xf1),
  notification: idOf(0x20),
};

export const epoch = '6f1b54b5-9f0e-4a3d-8c53-0e6f2a3b7c11.1';
export const createdAt = '2026-03-01T09:30:00.000Z';
export const later = '2026-03-01T09:31:12.345Z';

export const invite: Invite = {
  id: idOf(0x17),
  createdBy: {id: ids.alice, kind: 'account', name: 'alice', displayName: 'Alice', color: '#2f7d5b'},
  createdAt,
  expiresAt: '2026-03-08T09:30:00.000Z',
  usesLeft: 10,
};

export const serviceKey: Key = {
  id: idOf(0x4b),
  service: 'order-desk',
  userId: idOf(0x5e),
  hint: 'mdk_V2hv',
  scopes: ['users', 'send'],
  createdAt,
  expiresAt: '2027-03-01T09:30:00.000Z',
};

export const alice: User = {
  id: ids.alice,
  kind: 'account',
  name: 'alice',
  displayName: 'Alice',
  color: '#2f7d5b',
};
export const bob: User = {id: ids.bob, kind: 'guest', name: 'guest-k3wz', color: '#8a5a2b'};

export const room: Room = {
  id: ids.room,
  kind: 'room',
  title: 'Courtyard',
  visibility: 'public',
  locked: false,
  ephemeral: false,
  owner: alice,
  rev: 0,
  memberCount: 2,
  online: 1,
  createdAt,
};

export const prefs: RoomPrefs = {level: 'mentions', hidden: false, request: false};

export const state: RoomState = {
  room,
  membership: {role: 'owner', joinedAt: 1, readSeq: 41},
  epoch,
  head: 42,
  unread: 1,
  mentions: 0,
  prefs,
  online: 1,
};

export const directState: RoomState = {
  ...state,
  room: {
    id: ids.direct,
    kind: 'direct',
    title: '',
    visibility: 'private',
    locked: false,
    capacity: 2,
    ephemeral: false,
    owner: alice,
    users: [alice, bob],
    rev: 0,
    memberCount: 2,
    createdAt,
  },
  membership: {role: 'member', joinedAt: 1, readSeq: 0},
  head: 0,
  unread: 0,
  prefs: {...prefs, level: 'all'},
};

export const member: Member = {user: bob, role: 'member', online: true};

export const message: Message = {
  roomId: ids.room,
  seq: 42,
  rev: 42,
  clientId: ids.client,
  sender: {id: bob.id, name: bob.name, color: bob.color, kind: 'guest'},
  kind: 'text',
  text: 'Hello, Alice!',
  attachments: [],
  createdAt,
};

export const frame: Frame = {
  roomId: ids.room,
  epoch,
  after: 41,
  head: 42,
  entries: [{rev: 42, type: 'message', message}],
};

export const attachment: Attachment = {
  id: ids.image,
  name: 'kitten.webp',
  type: 'image/webp',
  size: 48_213,
  width: 1_280,
  height: 960,
  url: `/api/v1/files/${ids.image}`,
  thumbnailUrl: `/api/v1/files/${ids.image}/thumbnail`,
};

export const notification: Notification = {
  id: ids.notification,
  type: 'order.shipped',
  data: {title: 'Your order is on its way', text: 'It arrives tomorrow.', link: '/orders/1042'},
  createdAt,
};

export const report: Report = {
  id: idOf(0x4e),
  roomId: ids.room,
  seq: 42,
  reporter: alice,
  reason: 'Insults me',
  message,
  createdAt,
};
