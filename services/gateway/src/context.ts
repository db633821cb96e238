/**
 * What a handler receives: the call, the grant of its policy, and what its feature needs from the node.
 *
 * Each feature folder names its needs in `needs.ts`. node.ts provides them all, and the types of operations.ts check
 * that they match. This file has types only, so every folder may import it.
 */
import type {Database} from '@madang/database/connections/pool';
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
  /** sha256 of the session id, service key or JWT, base64url; the credential itself is not kept here. */
  sessionHash: string;
  /** When the caller's JWT expires, in milliseconds since 1970. */
  expiresAt?: number;
  /** The key, if the caller came with a service key. */
  key?: CallersKey;
  /** The service, if it calls as `user`. */
  service?: User;
};
export type CallersKey = {id: string; scopes: readonly Scope[]};

/** A Socket.IO connection, as far as handlers know it. */
export type Connection = {
  readonly id: string;
  /** Ids of the rooms that the connection hears. */
  readonly rooms: ReadonlySet<string>;
  /** Closed, or about to close: no more calls are accepted from it. */
  readonly hasEnded: boolean;
  /**
   * Lets it hear a room of which its user is a member. Call the result in the step that writes the answer, so that no
   * `room:log` precedes the RoomState and no entry is lost between them. Throws if the membership ended meanwhile.
   */
  subscribe(roomId: string): Promise<() => RoomState>;
  /**
   * The same for the rooms not heard yet, by latest activity; with `fromStart`, also for those already heard. `read`
   * runs once these subscriptions are pending, so that no membership can end unseen between the rooms and what it
   * reads. If `read` rejects, the subscriptions are dropped. Rooms whose membership ended meanwhile are in `ended`.
   * The rooms are read from `db`, in which the call's queries wait their turn.
   */
  subscribeNext<Read>(
    page: {limit: number; fromStart?: boolean; db: Database},
    read: () => Promise<Read>,
  ): Promise<() => {rooms: RoomState[]; ended: Ended[]; more: boolean; read: Read}>;
  /** Whether nobody is at it; a new one is not away. */
  setAway(away: boolean): void;
  watch(what: 'presence' | 'lobby'): void;
  unwatch(what: 'presence' | 'lobby'): void;
  /** Takes in what the policy lets its user do outside of rooms, and tells its client what has changed. */
  applyPolicy(tenant: Pick<Tenant, 'policy' | 'policyVersion'>): void;
  /** The rights that the answer written in this step tells the client. */
  tellRights(): Right[];
  /** From now on the connection lives by another JWT of its user, if that one expires later. */
  renew(identity: TokenIdentity): void;
  /** Ends the connection for good. */
  end(reason: DisconnectReason): void;
};
export type Ended = {roomId: string; leftAt: number; reason: 'left' | 'removed' | 'banned' | 'closed'};

/** A call. A handler that needs nothing of the node leaves `Needs` out. */
export type Context<Needs = unknown> = {
  node: Needs;
  log: Logger;
  tenantId: string;
  /** The client's address as the trusted proxies report it. */
  address: string;
  /** The id in X-Request-Id, the log and the audit log; a call over a socket has its own. */
  requestId: string;
  /** Monotonic, in milliseconds: when the call arrived; deadlines count from it. */
  receivedAt: number;
  caller?: Caller;
  /** The user as whom a service calls over HTTP, as Madang-As-User names them. */
  asUser?: string;
  /** Set for a call over a socket. */
  connection?: Connection;
  /** Set for a call over HTTP. */
  session?: SessionControl;
};

export type SignedInContext<Needs = unknown> = Context<Needs> & {caller: Caller};
/** The caller came with a session or a JWT, not with a key. */
export type PersonContext<Needs = unknown> = Context<Needs> & {caller: Caller & {key?: undefined}};
/** The caller may see the room: it is public, or the caller is a member. */
export type RoomContext<Needs = unknown> = SignedInContext<Needs> & {access: RoomAccess};
/** The caller is a member. Every write to a room requires this proof. */
export type MemberContext<Needs = unknown> = RoomContext<Needs> & {member: Membership};
/** The caller may read the room. */
export type ReaderContext<Needs = unknown> = RoomContext<Needs> & {reading: Reading};
/** The caller is a member, or may have been one. */
export type LeaveContext<Needs = unknown> = SignedInContext<Needs> & {leave: Leave};
/** The caller may add and remove members. */
export type ManagerContext<Needs = unknown> = RoomContext<Needs> & {manager: Management};

/** An answer, or a function that is called in the step that writes the answer. */
export type Reply<Output> = Output | (() => Output);
export type Handler<C extends Context, Input, Output> = (ctx: C, input: Input) => Promise<Reply<Output>>;
