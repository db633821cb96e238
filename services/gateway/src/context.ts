/** What a handler receives. Types alone, so every folder may import it. */
import type {Appender} from '@madang/database/messages/append';
import type {Leave, Management, Membership} from '@madang/database/rooms/membership';
import type {Database} from '@madang/database/connections/pool';
import type {Signal} from '@madang/database/delivery/pulse';
import type {RoomAccess} from '@madang/database/rooms/rooms';
import type {StoredUser} from '@madang/database/users/users';
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import type {Frame} from '@madang/protocol/log';
import type {MarkReadResult} from '@madang/protocol/presence';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import type {Occupancy} from '@madang/redis/occupancy';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {CrashPoint} from '@madang/runtime/crash-point';
import type {Logger} from '@madang/runtime/log';
import type {AuditTrail} from './audit-trail.ts';
import type {Config} from './config.ts';
import type {GatewayMetrics} from './metrics.ts';
import type {Passwords} from './passwords.ts';
import type {RedisMemory} from './redis-memory.ts';
import type {Tenants} from './tenants.ts';

/** This gateway process: what all its calls share. */
export type Node = {
  name: string;
  config: Config;
  db: Database;
  /** Connections of their own for what takes long because it is large. */
  filesDb: Database;
  images: Images;
  appender: Appender;
  occupancy: Occupancy;
  limits: RateLimits;
  tenants: Tenants;
  passwords: Passwords;
  audit: AuditTrail;
  redisMemory: RedisMemory;
  broadcast: Broadcast;
  presence: PresenceDigests;
  lobby: LobbyDigests;
  typing: Typing;
  readMarks: ReadMarks;
  crashPoint: CrashPoint;
  metrics: GatewayMetrics;
  log: Logger;
};

/** Ways to other connections, here and on other nodes. At most once; the pulse makes up for what is lost. */
export type Broadcast = {
  /** After commit: this node's feed and, through Redis, those of all nodes that host the room. */
  frame(frame: Frame): void;
  /** After commit: the nodes of the signal's user look at once instead of with the next pulse. */
  signal(signal: Signal): void;
  /** A retry met its first result, whose frame may have been lost with its node: feeds behind `rev` ask Postgres now. */
  catchUp(position: {roomId: string; rev: number}): void;
  /** An event that nobody needs to be sure of, to an audience on every node, but for the connection `except`. */
  emit<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
    except?: string,
  ): void;
  /** The same, to this node's sockets alone. */
  emitLocally<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
  ): void;
};
/** Who hears a room, all connections of a user, or those that watch a tenant's presence or lobby. */
export type Audience =
  | {room: string}
  | {user: string}
  | {presence: string}
  /** The services among those. */
  | {servicePresence: string}
  | {lobby: string};

/** Announces who comes and goes, batched: in rooms, and in a tenant for those who watch. */
export type PresenceDigests = {
  /** The first connection of a user on this node hears the room, or none does any more. */
  entered(room: PresencePlace, user: User): void;
  left(room: PresencePlace, user: User, how: {atOnce: boolean}): void;
};
export type PresencePlace = {kind: 'room' | 'tenant'; id: string; tenantId: string};

/** Tells this node's connections that watch a lobby what becomes of its public rooms, batched. */
export type LobbyDigests = {
  /** Tells what changes from its return on, for as long as a connection of this node watches the tenant's lobby. */
  follow(tenantId: string): Promise<void>;
};

/** Who is typing where, told to the others in the room. */
export type Typing = {
  set(room: {roomId: string; user: User; connectionId: string}, typing: boolean): void;
};

/** Read marks, at most one write a second per user and room. */
export type ReadMarks = {
  /** Resolves once a write that covers `seq` is done; callers within one second share it and its result. */
  mark(member: Membership, seq: number, connectionId?: string): Promise<MarkReadResult>;
};

/** A signed-in caller of an operation. */
export type Caller = {
  user: User;
  tenantId: string;
  /** sha256 of the session id or service key, base64url; neither is kept here itself. */
  sessionHash: string;
};

/** A Socket.IO connection, as far as handlers may know it. */
export type Connection = {
  readonly id: string;
  /** Ids of the rooms that it hears. */
  readonly rooms: ReadonlySet<string>;
  /** Closed, or about to be: nothing more is accepted from it. */
  readonly hasEnded: boolean;
  /**
   * Lets it hear a room of which its user is a member. Call the result in the step that writes the answer: no
   * `room:log` precedes the RoomState and nothing falls between. Throws what became of the membership meanwhile.
   */
  subscribe(roomId: string): Promise<() => RoomState>;
  /**
   * The same for the rooms not heard yet, by latest activity; with `fromStart` for those heard, too. `read` runs once these
   * subscriptions are pending, so that no end of a membership falls between the rooms and what it reads; when it
   * rejects they are given up. Rooms whose membership ended meanwhile are in `ended`.
   */
  subscribeNext<Read>(
    page: {limit: number; fromStart?: boolean},
    read: () => Promise<Read>,
  ): Promise<() => {rooms: RoomState[]; ended: Ended[]; more: boolean; read: Read}>;
  watch(what: 'presence' | 'lobby'): void;
  unwatch(what: 'presence' | 'lobby'): void;
};
export type Ended = {roomId: string; leftAt: number; reason: 'left' | 'removed' | 'banned' | 'closed'};

/** Decodes and encodes what people upload, outside this process. Throws why an image is not taken. */
export type Images = {
  convert(bytes: Buffer): Promise<ConvertedImage>;
  close(): void;
};

export type ConvertedImage = {
  type: string;
  width: number;
  height: number;
  image: Uint8Array;
  thumbnail: {type: string; image: Uint8Array};
};

/** A file that comes with a request; nothing of it is read before it is asked for. */
export type Upload = {read(): Promise<{name: string; bytes: Buffer}>};

/** A file to be sent, read as far as its reader takes it. */
export type ServedFile = {
  name: string;
  type: string;
  size: number;
  /** Another one for other content. */
  tag: string;
  parts: AsyncIterable<Buffer>;
};

/** What somebody proves with who they are; for the audit log. */
export type SignInBy = 'password' | 'registration' | 'guest' | 'ticket' | 'github';

/** How a request over HTTP signs in and out. */
export type SessionControl = {
  /** Of the session that signIn would begin; what a colour is derived from. */
  readonly seed: string;
  /**
   * Asked before anything is written that only a signed-in user has use of. Throws `unavailable` while no session could
   * be kept, and `invalid` where a cookie would be set for a client that sends a token: it would send both from then on.
   */
  prepare(by: 'cookie' | 'token'): Promise<void>;
  /** The account whose name and password the request carries; `wrong_password` if they are none's. */
  authenticate(): Promise<StoredUser>;
  /** Makes a new session for the user, with a new id; whatever the request came with has ended. */
  signIn(user: StoredUser, by: SignInBy): Promise<void>;
  /** The same without a cookie: the answer is what an app presents from then on. */
  signInByToken(user: StoredUser, by: SignInBy): Promise<string>;
  /** Ends the request's session, everywhere for all of the user's with `everywhere`. Works while Redis is away. */
  signOut(options: {everywhere: boolean}): Promise<void>;
  /** Takes a cookie back whose session has ended: a script cannot, and sent beside a token it would be refused for ever. */
  forgetCookie(): void;
};

export type Context = {
  node: Node;
  log: Logger;
  tenantId: string;
  /** The client's address by the trusted proxies. */
  address: string;
  /** In X-Request-Id, the log and the audit log; of a call over a socket, its own. */
  requestId: string;
  /** Monotonic, in milliseconds: when the call arrived; deadlines count from it. */
  receivedAt: number;
  caller?: Caller;
  /** Of a call over a socket. */
  connection?: Connection;
  /** Of a call over HTTP. */
  session?: SessionControl;
};

export type SignedInContext = Context & {caller: Caller};
/** The caller may see the room: it is public, or the caller is a member. */
export type RoomContext = SignedInContext & {access: RoomAccess};
/** The caller is a member. Every write into a room asks for this proof. */
export type MemberContext = RoomContext & {member: Membership};
/** The caller is a member, or may have been one. */
export type LeaveContext = SignedInContext & {leave: Leave};
/** The caller may add and remove members. */
export type ManagerContext = RoomContext & {manager: Management};

/** An answer, or a function called in the same step in which the answer is written. */
export type Reply<Output> = Output | (() => Output);
export type Handler<C extends Context, Input, Output> = (ctx: C, input: Input) => Promise<Reply<Output>>;
