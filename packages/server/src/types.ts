/**
 * The inputs and results of the Server API as plain types, so that no user of this package needs the schemas behind them.
 */

export type User = {
  id: string;
  kind: 'account' | 'guest' | 'service';
  name: string;
  displayName?: string | undefined;
  color: string;
  avatarId?: string | undefined;
  status?: {text: string; emoji?: string | undefined; until?: string | undefined} | undefined;
  /** True if the user is connected, but away. */
  away?: boolean | undefined;
  /** The user does not want to be disturbed until then. */
  dndUntil?: string | undefined;
  /** How the user takes direct rooms that strangers open. Missing until the user has chosen. */
  directs?: 'everyone' | 'request' | 'nobody' | undefined;
  online?: boolean | undefined;
  /** Your own id of the user. */
  externalId?: string | undefined;
  /** Your own JSON object about the user. */
  data?: Record<string, unknown> | undefined;
  createdAt?: string | undefined;
  /** When the user was last connected, exact to a day. */
  seenAt?: string | undefined;
  /** True if the user is disabled, and cannot sign in until enabled again. */
  disabled?: boolean | undefined;
};

/** The product's own JSON object, of at most 4 KiB. */
export type Data = Record<string, unknown>;

export type Role = 'owner' | 'moderator' | 'member';

export type Room = {
  id: string;
  kind: 'room' | 'direct';
  /** The type in the policy that the room was made with. */
  type?: string;
  /** The product may read this room. Its members can see that. */
  overseen?: true;
  title: string;
  visibility: 'public' | 'private';
  locked: boolean;
  capacity?: number | undefined;
  ephemeral: boolean;
  /** True if every account of the tenant joins the room on registration. */
  isDefault?: true | undefined;
  owner: User;
  /** The two users of a direct room. */
  users?: User[] | undefined;
  rev: number;
  memberCount?: number | undefined;
  online?: number | undefined;
  externalId?: string | undefined;
  data?: Data | undefined;
  topic?: string | undefined;
  /** In slow mode, a plain member waits this long between two messages. */
  slowSeconds?: number | undefined;
  createdAt: string;
  archivedAt?: string | undefined;
  /** Messages with a lower `seq` were removed. */
  firstSeq?: number | undefined;
  closedAt?: string | undefined;
};

export type Member = {
  user: User;
  role: Role;
  online: boolean;
  mutedUntil?: string | undefined;
  banned?: boolean | undefined;
};

export type Attachment = {
  id: string;
  name: string;
  type: string;
  size: number;
  width: number;
  height: number;
  url: string;
  thumbnailUrl: string;
};

/** The annotations of a message: everything on it that is not its text. */
export type Annotations = {
  /** `by` has the ids of those who reacted last. */
  reactions?: {emoji: string; count: number; by: string[]; mine?: true | undefined}[] | undefined;
  pinned?: {by: string; at: string} | undefined;
  previews?:
    | {url: string; title: string; text?: string | undefined; imageUrl?: string | undefined}[]
    | undefined;
};

export type Message = {
  roomId: string;
  seq: number;
  rev: number;
  clientId: string;
  sender: {id: string; name: string; color: string; kind?: User['kind'] | undefined};
  /** The service that wrote the message on behalf of its sender. */
  via?: Message['sender'] | undefined;
  kind: 'text' | 'system';
  text: string;
  attachments: Attachment[];
  replyTo?: number | undefined;
  data?: Data | undefined;
  imported?: true | undefined;
  /** The `seq` of the message whose thread it is in. */
  threadOf?: number | undefined;
  thread?: {replies: number; lastSeq: number} | undefined;
  mentions?: {id: string; name: string}[] | undefined;
  notify?: 'room' | 'here' | undefined;
  files?: {id: string; name: string; type: string; size: number; url: string}[] | undefined;
  annotations?: Annotations | undefined;
  createdAt: string;
  editedAt?: string | undefined;
  deletedAt?: string | undefined;
};

export type SendResult = {seq: number; rev: number; createdAt: string; duplicate: boolean};

export type PutUserInput = {
  name: string;
  displayName?: string;
  color?: string;
  /** At most 4 KiB as JSON. It replaces the stored object as a whole. */
  data?: Record<string, unknown>;
};
/** A tenant's usage by day, and its limits. A missing limit means that there is none. */
export type Usage = {days: UsageOfDay[]; quotas: Quotas};

export type UsageOfDay = {
  /** In UTC, such as `2026-03-01`. */
  day: string;
  messages: number;
  users: number;
  rooms: number;
  /** The highest number at the same time. */
  connections: number;
  calls: number;
  bytes: number;
};

export type Quotas = {
  users?: number | undefined;
  rooms?: number | undefined;
  bytes?: number | undefined;
  messages?: number | undefined;
};

export type Scope = 'admin' | 'users' | 'rooms' | 'read' | 'send' | 'act' | 'import' | 'members';

/** A service key, without its secret. */
export type Key = {
  id: string;
  service: string;
  userId: string;
  hint: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt?: string | undefined;
  lastUsedAt?: string | undefined;
  revokedAt?: string | undefined;
};
export type CreateKeyInput = {
  service: string;
  scopes: Scope[];
  expiresAt?: string;
  /** The id of a key of the same service. That key expires after `overlapSeconds`. */
  replaces?: string;
  overlapSeconds?: number;
};

/** The product's own id of a user, or `id:` and Madang's id. */
export type NewMember = {user: string; role?: Exclude<Role, 'owner'>};
/** Your own id of a user, or `id:` and Madang's id. */
export type UserName = string;
/** One page of a list. It has 50 items by default, and at most 200. */
export type Paging = {after?: string; limit?: number};

export type UserFilter = {
  ids?: string[];
  externalIds?: string[];
  disabled?: boolean;
  online?: boolean;
  query?: string;
};
export type ListUsersInput = UserFilter & Paging;
export type Deletion = {userId: string; messages: 'erase' | 'keep'};
/** A line of an export. `type` says which other fields it has. The last line is `end`. */
export type UserExportLine = {type: string; [field: string]: unknown};
export type CreateRoomInput = {
  title: string;
  /** The type in the policy that the room is made with, including its rules. The default is `room`. */
  type?: string;
  visibility?: 'public' | 'private';
  password?: string;
  capacity?: number;
  ephemeral?: boolean;
  /** Two calls with the same `clientId` return the same room. */
  clientId?: string;
  /** The product's own id of the room. Two calls with the same id return the same room, also from different processes. */
  externalId?: string;
  data?: Data;
  archived?: boolean;
  members?: NewMember[];
};
/** Fields that are left out stay as they are. */
export type UpdateRoomInput = {
  title?: string;
  /** What the room is about, up to 250 characters. null removes the field. */
  topic?: string | null;
  /** Slow mode: the seconds between two messages of a plain member, up to 3,600. null removes the field. */
  slowSeconds?: number | null;
  visibility?: 'public' | 'private';
  /** null removes the field. */
  password?: string | null;
  capacity?: number;
  ephemeral?: boolean;
  /** Replaced as a whole; null removes it. */
  data?: Data | null;
  /** Members can only read in an archived room. */
  archived?: boolean;
};
/** Rooms that fit every filter given. */
export type RoomFilter = {
  type?: string;
  member?: string;
  externalIds?: string[];
  archived?: boolean;
  closed?: boolean;
};
export type ListRoomsInput = RoomFilter & Paging;
/** `online`: only members who are in the room now (`true`), or only those who are not (`false`). */
export type MemberFilter = {online?: boolean};
export type ListMembersInput = MemberFilter & Paging;
export type MemberPage = {members: Member[]; next?: string | undefined; online: number};
/** The rev up to which you hold the room's log. */
export type Cursor = {epoch?: string; after: number; limit?: number};
/** Changes of a room, in the order of their revs. With `reset`, discard what you hold of the room, then apply them. */
export type Frame = {
  roomId: string;
  epoch: string;
  after: number;
  head: number;
  entries: {
    rev: number;
    type: 'message' | 'edit' | 'delete' | 'annotation' | 'room' | 'left';
    message?: Message | undefined;
    seq?: number | undefined;
    annotations?: Annotations | undefined;
    room?: Room | undefined;
    user?: User | undefined;
    reason?: 'left' | 'removed' | 'banned' | 'closed' | undefined;
  }[];
  more?: boolean | undefined;
  reset?: boolean | undefined;
};
export type PutMembersResult = {joined: string[]; refused: {userId: string; code: string}[]};
export type UpdateMemberInput = {role?: Role; mutedUntil?: string | null; banned?: boolean};
export type ImportedMessage = {
  clientId: string;
  senderId: string;
  text: string;
  createdAt: string;
  data?: Data;
};
export type ExportLine = {
  type: 'room' | 'member' | 'message' | 'end';
  room?: Room | undefined;
  member?: Omit<Member, 'online'> | undefined;
  message?: Message | undefined;
  messages?: number | undefined;
};
export type SendInput = {
  text: string;
  replyTo?: number;
  /** The `seq` of the message in whose thread it is to be. */
  threadOf?: number;
  /** Ids of members to mention, whose shown names stand after `@` in the text. */
  mentions?: string[];
  /** `room` mentions everybody, `here` those who are online. */
  notify?: 'room' | 'here';
  data?: Data;
  /** `system` marks a notice that no person wrote. */
  kind?: 'text' | 'system';
  clientId?: string;
};
/** `data: null` removes the data. */
export type EditInput = {text?: string; data?: Data | null};
/** At most one of `around`, `after`, `threadOf` and `pinned`; the first two without `before`. */
export type HistoryPage = {
  before?: number;
  around?: number;
  after?: number;
  /** Only the replies in the thread of the message with this `seq`. */
  threadOf?: number;
  pinned?: boolean;
  limit?: number;
};
/** `url` and `thumbnailUrl` are paths on the cluster. */
export type SignedFile = {id: string; url: string; thumbnailUrl: string; expiresAt: string};
/** The policy as the reference of the cluster describes it. */
export type Tenant = {policy: Record<string, unknown>; version: number};
/** `version` is the policy version that the patch was made for. */
export type TenantPatch = {version: number; patch: Record<string, unknown>};
export type NotifyInput = {
  /** Ids of users. */
  to: string[];
  type: string;
  data: Record<string, unknown>;
  /** Calls with the same key notify once. */
  key?: string;
};

export type EventType =
  | 'user.created'
  | 'user.updated'
  | 'user.deleted'
  | 'user.erased'
  | 'room.created'
  | 'room.updated'
  | 'room.closed'
  | 'member.added'
  | 'member.updated'
  | 'member.removed'
  | 'message.created'
  | 'message.updated'
  | 'message.deleted'
  | 'message.unseen'
  | 'policy.updated';

/** An event of your tenant. Its `data` describes the subject as it is now, not as it was when the event happened. */
export type TenantEvent = {
  /** The same each time the event is delivered. */
  id: string;
  type: EventType;
  version: 1;
  timestamp: string;
  /** The event's place in the order of the tenant's events. */
  position: number;
  roomId?: string | undefined;
  rev?: number | undefined;
  data: {
    user?: User | undefined;
    userId?: string | undefined;
    counts?: Record<string, number> | undefined;
    room?: Room | undefined;
    member?: Member | undefined;
    reason?: 'left' | 'removed' | 'banned' | undefined;
    message?: Message | undefined;
    roomId?: string | undefined;
    seq?: number | undefined;
    unread?: number | undefined;
    version?: number | undefined;
  };
};

export type EventFilter = {
  /** The position after which to begin. The default is the beginning of the events that are still kept. */
  after?: number;
  types?: EventType[];
  /** Called when events after `after` are no longer kept. Without it, the iteration throws `conflict` in that case. */
  onReset?: (details: {after: number}) => void;
};

/** The body of a request to a webhook. */
export type WebhookDelivery = {
  type: 'events';
  timestamp: string;
  /** `reset` means that the events before these are no longer kept. */
  data: {events: TenantEvent[]; reset?: true};
};

export type Webhook = {
  id: string;
  url: string;
  types?: EventType[] | undefined;
  status: 'active' | 'failing' | 'disabled';
  /** All events up to this position were delivered. */
  position: number;
  lagSeconds: number;
  attempts: number;
  lastError?: string | undefined;
  createdAt: string;
  rotatedAt?: string | undefined;
  disabledAt?: string | undefined;
};

export type UpdateWebhookInput = {
  url?: string;
  /** null delivers all types. */
  types?: EventType[] | null;
  /** True resumes a disabled webhook at its position. */
  enabled?: boolean;
};

/** The receiver's answer to a test. */
export type WebhookTest = {delivered: boolean; status?: number | undefined; error?: string | undefined};
