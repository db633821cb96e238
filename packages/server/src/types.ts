/** What the Server API takes and answers, in plain types: nobody who installs this needs the schemas behind them. */

export type User = {
  id: string;
  kind: 'account' | 'guest' | 'service';
  name: string;
  displayName?: string | undefined;
  color: string;
  avatarId?: string | undefined;
  online?: boolean | undefined;
  /** Your own id of the user. */
  externalId?: string | undefined;
  /** Your own JSON object about the user. */
  data?: Record<string, unknown> | undefined;
  createdAt?: string | undefined;
  /** When the user was last connected, exact to a day. */
  seenAt?: string | undefined;
  /** True: shut out until enabled again. */
  disabled?: boolean | undefined;
};

/** The product's own JSON object, of at most 4 KiB. */
export type Data = Record<string, unknown>;

export type Role = 'owner' | 'moderator' | 'member';

export type Room = {
  id: string;
  kind: 'room' | 'direct';
  /** Which of the policy's types it was made with. */
  type?: string;
  /** The product may read along, and the members can see that. */
  overseen?: true;
  title: string;
  visibility: 'public' | 'private';
  locked: boolean;
  capacity?: number | undefined;
  ephemeral: boolean;
  /** The tenant's accounts are in it from registration on. */
  isDefault?: true | undefined;
  owner: User;
  /** Of a direct room. */
  users?: User[] | undefined;
  rev: number;
  memberCount?: number | undefined;
  online?: number | undefined;
  externalId?: string | undefined;
  data?: Data | undefined;
  createdAt: string;
  archivedAt?: string | undefined;
  /** Messages with a lower `seq` are gone. */
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

export type Message = {
  roomId: string;
  seq: number;
  rev: number;
  clientId: string;
  sender: {id: string; name: string; color: string; kind?: User['kind'] | undefined};
  /** The service that wrote it as the sender. */
  via?: Message['sender'] | undefined;
  kind: 'text' | 'system';
  text: string;
  attachments: Attachment[];
  replyTo?: number | undefined;
  data?: Data | undefined;
  imported?: true | undefined;
  createdAt: string;
  editedAt?: string | undefined;
  deletedAt?: string | undefined;
};

export type SendResult = {seq: number; rev: number; createdAt: string; duplicate: boolean};

export type PutUserInput = {
  name: string;
  displayName?: string;
  color?: string;
  /** At most 4 KiB as JSON; takes the place of what is stored, as a whole. */
  data?: Record<string, unknown>;
};
/** What a tenant used, by day, and how much there may be: no bound where one is missing. */
export type Usage = {days: UsageOfDay[]; quotas: Quotas};

export type UsageOfDay = {
  /** In UTC, such as `2026-03-01`. */
  day: string;
  messages: number;
  users: number;
  rooms: number;
  /** The most at once. */
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
  /** Id of a key of the same service, which expires after `overlapSeconds`. */
  replaces?: string;
  overlapSeconds?: number;
};

/** The product's own id of a user, or `id:` and Madang's. */
export type NewMember = {user: string; role?: Exclude<Role, 'owner'>};
/** Your own id of a user, or `id:` and the one that Madang gave. */
export type UserName = string;
/** One page of a list, which has 50 items unless `limit` says otherwise, at most 200. */
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
/** A line of an export: `type` says what else it has. The last one is `end`. */
export type UserExportLine = {type: string; [field: string]: unknown};
export type CreateRoomInput = {
  title: string;
  /** One of the policy's types, whose rules the room is made with; `room` unless given. */
  type?: string;
  visibility?: 'public' | 'private';
  password?: string;
  capacity?: number;
  ephemeral?: boolean;
  /** The same one gets the same room. */
  clientId?: string;
  /** The product's own id of the room: the same one gets the same room, also from another process. */
  externalId?: string;
  data?: Data;
  archived?: boolean;
  members?: NewMember[];
};
/** What is left out stays as it is. */
export type UpdateRoomInput = {
  title?: string;
  visibility?: 'public' | 'private';
  /** null removes it. */
  password?: string | null;
  capacity?: number;
  ephemeral?: boolean;
  /** Replaced as a whole; null removes it. */
  data?: Data | null;
  /** An archived room can be read, and nothing else. */
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
/** `online`: only who is in the room now, or only who is not. */
export type MemberFilter = {online?: boolean};
export type ListMembersInput = MemberFilter & Paging;
export type MemberPage = {members: Member[]; next?: string | undefined; online: number};
/** Up to where you hold a room's log. */
export type Cursor = {epoch?: string; after: number; limit?: number};
/** Changes of a room, in the order of their revs. With `reset`, forget what you hold of the room, then apply them. */
export type Frame = {
  roomId: string;
  epoch: string;
  after: number;
  head: number;
  entries: {
    rev: number;
    type: 'message' | 'edit' | 'delete' | 'room' | 'left';
    message?: Message | undefined;
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
  data?: Data;
  /** `system` for a notice that no person wrote. */
  kind?: 'text' | 'system';
  clientId?: string;
};
/** A data of null removes it. */
export type EditInput = {text?: string; data?: Data | null};
export type HistoryPage = {before?: number; limit?: number};
/** `url` and `thumbnailUrl` are paths on the cluster. */
export type SignedFile = {id: string; url: string; thumbnailUrl: string; expiresAt: string};
/** The policy as the reference of the cluster describes it. */
export type Tenant = {policy: Record<string, unknown>; version: number};
/** `version` is the one that the patch was made for. */
export type TenantPatch = {version: number; patch: Record<string, unknown>};
export type NotifyInput = {
  /** Ids of users. */
  to: string[];
  type: string;
  data: Record<string, unknown>;
  /** The same one notifies once, however often it is sent. */
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

/** Something that happened in your tenant. What it is about is told as it is now. */
export type TenantEvent = {
  /** The same however often it is told. */
  id: string;
  type: EventType;
  version: 1;
  timestamp: string;
  /** Its place in the order of the tenant's events. */
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
  /** The position after which to begin: the oldest event that is kept unless given. */
  after?: number;
  types?: EventType[];
  /** Told when events after `after` are no longer kept; without it they end the iteration with `conflict`. */
  onReset?: (details: {after: number}) => void;
};

/** What a webhook is posted. */
export type WebhookDelivery = {
  type: 'events';
  timestamp: string;
  /** `reset`: events before these are no longer kept. */
  data: {events: TenantEvent[]; reset?: true};
};

export type Webhook = {
  id: string;
  url: string;
  types?: EventType[] | undefined;
  status: 'active' | 'failing' | 'disabled';
  /** All up to there was delivered. */
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
  /** Null: all. */
  types?: EventType[] | null;
  /** True lets a disabled one go on at its position. */
  enabled?: boolean;
};

/** How the receiver answered a test. */
export type WebhookTest = {delivered: boolean; status?: number | undefined; error?: string | undefined};
