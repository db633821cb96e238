/**
 * What a handler receives: the call, what its policy granted, and of the node what its feature needs.
 *
 * Each feature folder names its needs in `needs.ts`; node.ts provides them all, and the types of operations.ts hold the two
 * together. Types alone, so every folder may import this file.
 */
import type {Leave, Management, Membership, Reading} from '@madang/database/rooms/membership';
import type {RoomAccess} from '@madang/database/rooms/rooms';
import type {DisconnectReason} from '@madang/protocol/disconnects';
import type {Scope} from '@madang/protocol/keys';
import type {Tenant} from '@madang/database/operator/tenants';
import type {Right} from '@madang/protocol/policy';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import type {Logger} from '@madang/runtime/log';
import type {TokenIdentity} from './jwt/tokens.ts';
import type {SessionControl} from './identity/session-control.ts';

/** A signed-in caller of an operation. */
export type Caller = {
  user: User;
  tenantId: string;
  /** sha256 of the session id, service key or JWT, base64url; none is kept here itself. */
  sessionHash: string;
  /** Of who came by a JWT: when that is over, in milliseconds since 1970. */
  expiresAt?: number;
  /** Of who came by a service key. */
  key?: CallersKey;
  /** The service, where it calls as `user`. */
  service?: User;
};
export type CallersKey = {id: string; scopes: readonly Scope[]};

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
  /** Takes in what the policy lets its user do outside of rooms; its client is told what has changed since it was told. */
  rule(tenant: Pick<Tenant, 'policy' | 'policyVersion'>): void;
  /** What the client is told of it by the answer that is written in this step. */
  tellRights(): Right[];
  /** Lives by another JWT of its user from now on, if that ends later. */
  renew(identity: TokenIdentity): void;
  /** Ends it for good. */
  end(reason: DisconnectReason): void;
};
export type Ended = {roomId: string; leftAt: number; reason: 'left' | 'removed' | 'banned' | 'closed'};

/** A call. A handler that needs nothing of the node leaves `Needs` out. */
export type Context<Needs = unknown> = {
  node: Needs;
  log: Logger;
  tenantId: string;
  /** The client's address by the trusted proxies. */
  address: string;
  /** In X-Request-Id, the log and the audit log; of a call over a socket, its own. */
  requestId: string;
  /** Monotonic, in milliseconds: when the call arrived; deadlines count from it. */
  receivedAt: number;
  caller?: Caller;
  /** Of a call over HTTP by a service: the user as whom it calls, as Madang-As-User names them. */
  asUser?: string;
  /** Of a call over a socket. */
  connection?: Connection;
  /** Of a call over HTTP. */
  session?: SessionControl;
};

export type SignedInContext<Needs = unknown> = Context<Needs> & {caller: Caller};
/** The caller came by a session or a JWT, not by a key. */
export type PersonContext<Needs = unknown> = Context<Needs> & {caller: Caller & {key?: undefined}};
/** The caller may see the room: it is public, or the caller is a member. */
export type RoomContext<Needs = unknown> = SignedInContext<Needs> & {access: RoomAccess};
/** The caller is a member. Every write into a room asks for this proof. */
export type MemberContext<Needs = unknown> = RoomContext<Needs> & {member: Membership};
/** The caller may read the room. */
export type ReaderContext<Needs = unknown> = RoomContext<Needs> & {reading: Reading};
/** The caller is a member, or may have been one. */
export type LeaveContext<Needs = unknown> = SignedInContext<Needs> & {leave: Leave};
/** The caller may add and remove members. */
export type ManagerContext<Needs = unknown> = RoomContext<Needs> & {manager: Management};

/** An answer, or a function called in the same step in which the answer is written. */
export type Reply<Output> = Output | (() => Output);
export type Handler<C extends Context, Input, Output> = (ctx: C, input: Input) => Promise<Reply<Output>>;
