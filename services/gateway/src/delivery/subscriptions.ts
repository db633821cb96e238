/**
 * The rooms that one connection hears, and the one way in.
 *
 * (1) Host the room, and note a pending subscription in its feed. (2) Read the membership and the room's state; what
 * passes the feed afterwards passes the pending subscription. (3) Bring the feed to at least that state. (4) In one step
 * with the answer: join the socketRoom, unless the connection is gone or the membership ended meanwhile, and send what
 * passed since the reading. So no `room:log` precedes the RoomState, nothing falls between them, and nobody hears a rev
 * before joining or after leaving.
 */
import {listMyRooms, readMembershipAge, readSubscription} from '@madang/database/delivery/log';
import type {Database} from '@madang/database/connections/pool';
import type {StateRead} from '@madang/database/rooms/rooms';
import {ChatError, errorTable} from '@madang/protocol/errors';
import type {Frame, LeaveReason} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';
import type {Occupancy} from '@madang/redis/occupancy';
import type {PresencePlace} from '../broadcast.ts';
import type {Ended} from '../context.ts';
import type {Attendances} from './attendances.ts';
import type {Feed, PendingSubscription} from './feed.ts';
import type {Feeds} from './feeds.ts';
import type {Listener, UnaskedSubscriptions} from './listener.ts';
import {shownPart} from './shown-part.ts';
import {socketRooms} from './socket-rooms.ts';

const retryMs = 1_000;
/** A client that asks for its rooms does so once it is connected; after that, it is taken for one that never will. */
export const soonMs = 1_000;

/** Hears from subscriptions who comes and goes. */
export type PresenceObserver = {
  /** The first connection of a user on this node hears the place. */
  entered(place: PresencePlace, user: User): void;
  /** No connection of the user on this node hears it any more. */
  left(place: PresencePlace, user: User, how: {atOnce: boolean}): void;
};

export type SubscriptionsDeps = {
  db: Database;
  feeds: Feeds;
  occupancy: Occupancy;
  presence: PresenceObserver;
  attendances: Attendances;
  /** Asks Postgres where a room is that this node hosts. */
  checkRoom(roomId: string): void;
};

/** A subscription of which steps 1 to 3 are done. */
type Prepared = {
  feed: Feed;
  pending: PendingSubscription;
  /** How often rules had changed when its membership was about to be read. */
  rules: number;
  state: StateRead;
  online: number;
};
type Begun = Pick<Prepared, 'feed' | 'pending'>;
type Outcome = {state: RoomState} | {ended: Ended};

export class Subscriptions implements UnaskedSubscriptions {
  readonly #deps: SubscriptionsDeps;
  readonly #listener: Listener;
  readonly #rooms = new Set<string>();
  /** Rooms of which a subscription is under way. */
  readonly #subscribing = new Set<string>();
  #hasAllRooms = false;
  /** Until when its client is expected to ask for its rooms, or for more of them (performance.now(), ms). */
  #asksUntil: number;
  /** What follows on the RoomStates of the answer being written: their rooms moved while it was made. */
  #followUps: Frame[] = [];

  constructor(deps: SubscriptionsDeps, listener: Listener) {
    this.#deps = deps;
    this.#listener = listener;
    this.#asksUntil = listener.openedAt + soonMs;
  }

  /** Ids of the rooms that it hears. */
  get rooms(): ReadonlySet<string> {
    return this.#rooms;
  }
  get hasAllRooms(): boolean {
    return this.#hasAllRooms;
  }

  get asksForRooms(): boolean {
    return performance.now() < this.#asksUntil;
  }

  async subscribe(roomId: string): Promise<() => RoomState> {
    const prepared = await this.#subscribeOne(roomId);
    return () => this.#finishOne(prepared);
  }

  async #subscribeOne(roomId: string): Promise<Prepared> {
    const [begun] = this.#begin([roomId]);
    try {
      await this.#deps.feeds.confirm();
      const state = await this.#read(begun!);
      const [prepared] = await this.#prepare([{...begun!, state}]);
      return prepared!;
    } catch (error) {
      this.#giveUp([begun!]);
      throw error;
    }
  }

  async subscribeNext<Read>(
    {limit, fromStart}: {limit: number; fromStart?: boolean},
    read: () => Promise<Read>,
  ) {
    const {db, feeds} = this.#deps;
    const exclude = fromStart ? [] : [...this.#rooms];
    const {rules} = feeds;
    // Also when this fails: then it asks again.
    if (!this.#hasAllRooms) this.#asksUntil = Infinity;
    const page = await listMyRooms(db, {userId: this.#listener.userId, exclude, limit});
    const begun = this.#begin(
      page.rooms.map(({room}) => room.id),
      {rules},
    );
    try {
      await feeds.confirm();
      const states = await Promise.all(begun.map((each, index) => this.#validate(each, page.rooms[index]!)));
      const prepared = await this.#prepare(states);
      const found = await read();
      return () => ({...this.#finishAll(prepared, page.more), read: found});
    } catch (error) {
      this.#giveUp(begun);
      throw error;
    }
  }

  /**
   * A membership older than the connection waits while that asks for its rooms: `room:joined` moves a reader's cursor to
   * its head, so ahead of the answer it would skip what the reader missed, for good where the connection is lost between.
   * Of a younger one no cursor is held.
   */
  async subscribeUnasked(roomId: string): Promise<void> {
    const listener = this.#listener;
    const isServed = () => listener.hasEnded || this.#rooms.has(roomId);
    if (isServed()) return;
    try {
      // The subscription under way may fail, and then its client need not ask again.
      if (this.#subscribing.has(roomId)) throw notYet();
      const connectedMs = performance.now() - listener.openedAt;
      const memberMs = await readMembershipAge(this.#deps.db, {roomId, userId: listener.userId});
      // It may have asked meanwhile.
      if (memberMs === undefined || isServed()) return;
      if (this.#subscribing.has(roomId)) throw notYet();
      const isOlder = memberMs >= connectedMs;
      if (isOlder && this.asksForRooms) throw notYet();
      const prepared = await this.#subscribeOne(roomId);
      if (isOlder && this.asksForRooms) {
        this.#giveUp([prepared]);
        throw notYet();
      }
      this.#announce(this.#finishOne(prepared));
    } catch (error) {
      listener.log.debug({err: error, roomId}, 'not let in');
      retry(error, () => this.subscribeUnasked(roomId));
    }
  }

  async subscribeMissed(limit: number): Promise<void> {
    for (let more = true; more && !this.#listener.hasEnded;) {
      const finish = await this.subscribeNext({limit}, async () => undefined);
      const found = finish();
      for (const state of found.rooms) this.#announce(state);
      more = found.more;
    }
  }

  async showMembership(roomId: string): Promise<void> {
    if (this.#listener.hasEnded || !this.#rooms.has(roomId)) return;
    try {
      const prepared = await this.#subscribeOne(roomId);
      // It has been shown what passed since the reading, so the state must be of the very position where it is.
      if (prepared.state.head === prepared.feed.position) this.#announce(this.#finishOne(prepared));
      else {
        this.#giveUp([prepared]);
        throw new ChatError('unavailable');
      }
    } catch (error) {
      this.#listener.log.debug({err: error, roomId}, 'membership not shown');
      retry(error, () => this.showMembership(roomId));
    }
  }

  /** Its user's membership ended. */
  leave(roomId: string, leftAt: number, reason: LeaveReason): void {
    if (!this.#rooms.delete(roomId)) return;
    this.#listener.leave(socketRooms.room(roomId));
    this.#listener.emit('room:left', {roomId, leftAt, reason});
    this.#unsubscribe(roomId, {atOnce: true});
    // The user may have joined again before this node saw the end; the signal of that found it hearing still.
    if (reason !== 'closed') void this.subscribeUnasked(roomId);
  }

  /** The connection closed: it hears nothing any more. */
  close(): void {
    for (const roomId of this.#rooms) this.#unsubscribe(roomId, {atOnce: false});
    this.#rooms.clear();
  }

  /** Sends what follows on RoomStates, of one room or all; in the step in which they were written, before anything else. */
  sendFollowUps(roomId?: string): void {
    if (this.#followUps.length === 0) return;
    const isDue = (frame: Frame) => roomId === undefined || frame.roomId === roomId;
    for (const frame of this.#followUps.filter(isDue)) this.#listener.emit('room:log', frame);
    this.#followUps = this.#followUps.filter((frame) => !isDue(frame));
  }

  #announce(state: RoomState): void {
    this.#listener.emit('room:joined', state);
    this.sendFollowUps(state.room.id);
  }

  /** `atOnce` when its membership ended; else the user may be back soon. */
  #unsubscribe(roomId: string, how: {atOnce: boolean}): void {
    const feed = this.#deps.feeds.get(roomId);
    feed?.remove(this.#listener);
    this.#endPresence(roomId, feed, how);
  }

  #endPresence(roomId: string, feed: Feed | undefined, how: {atOnce: boolean}): void {
    const {userId, identity} = this.#listener;
    // Another of the user's connections hears the room, or is about to; then it is the last one.
    if (feed?.serves(userId)) return;
    this.#deps.presence.left(this.#placeOf(roomId), identity.user, how);
    this.#deps.attendances.end(roomId, userId);
  }

  #placeOf(roomId: string): PresencePlace {
    return {kind: 'room', id: roomId, tenantId: this.#listener.identity.tenantId};
  }

  #begin(roomIds: string[], {rules}: {rules: number} = this.#deps.feeds) {
    return roomIds.map((roomId) => {
      this.#subscribing.add(roomId);
      const feed = this.#deps.feeds.host(roomId);
      return {feed, pending: feed.begin(this.#listener.userId), rules};
    });
  }

  async #read({feed, pending}: Begun): Promise<StateRead> {
    const state = await readSubscription(this.#deps.db, {roomId: feed.roomId, userId: pending.userId});
    if (!state) throw new ChatError('forbidden', {message: 'You are not in this room any more.'});
    feed.open(state.epoch, state.head);
    if (state.epoch !== feed.epoch) {
      this.#deps.checkRoom(feed.roomId);
      throw new ChatError('unavailable');
    }
    // Opened by another's later reading: membership ends before that one have passed neither.
    return state.head < pending.since ? this.#read({feed, pending}) : state;
  }

  /** Takes a membership that was read before the subscription began, where nothing can have passed in between. */
  async #validate(begun: Begun & {rules: number}, state: StateRead) {
    if (!begun.feed.isOpen) {
      begun.feed.open(state.epoch, state.head);
      // What moved between the reading and the hosting has passed the pulse, which knew of no feed.
      this.#deps.checkRoom(begun.feed.roomId);
    }
    const isCurrent = state.epoch === begun.feed.epoch && state.head >= begun.pending.since;
    return {...begun, state: isCurrent ? state : await this.#read(begun)};
  }

  async #prepare(begun: Omit<Prepared, 'online'>[]): Promise<Prepared[]> {
    const {occupancy, presence, attendances} = this.#deps;
    const {user} = this.#listener.identity;
    for (const {feed} of begun) {
      if (!feed.hears(user.id)) presence.entered(this.#placeOf(feed.roomId), user);
    }
    const ephemeral = begun.filter(({state}) => state.room.ephemeral);
    const [online] = await Promise.all([
      occupancy.online(begun.map(({feed}) => feed.roomId)),
      ...ephemeral.map(({feed}) => attendances.begin(feed.roomId, user.id)),
      ...begun.map(({feed, state}) => feed.reach(Math.max(state.head, state.membership.joinedAt - 1))),
    ]);
    return begun.map((each, index) => ({...each, online: online[index] ?? 1}));
  }

  #finish({feed, pending, rules, state, online}: Prepared): Outcome {
    const {left} = pending;
    const {joinedAt, may} = state.membership;
    if (left && left.leftAt >= joinedAt) {
      this.#giveUp([{feed, pending}]);
      return {ended: {roomId: feed.roomId, ...left}};
    }
    this.#subscribing.delete(feed.roomId);
    const isHeard = this.#rooms.has(feed.roomId);
    const shownFrom = shownFromOf(state);
    feed.add(this.#listener, joinedAt, shownFrom, may);
    feed.end(pending);
    if (rules !== this.#deps.feeds.rules) void this.#deps.feeds.restandOne(feed.roomId, pending.userId);
    this.#rooms.add(feed.roomId);
    this.#listener.join(socketRooms.room(feed.roomId));
    if (isHeard) return {state: {...state, head: feed.position, online}};
    this.#followUps.push(
      ...pending.passed.flatMap((frame) => above(shownPart(frame, shownFrom), state.head)),
    );
    return {state: {...state, online}};
  }

  #finishOne(prepared: Prepared): RoomState {
    this.#requireCurrent([prepared]);
    const outcome = this.#finish(prepared);
    if ('state' in outcome) return outcome.state;
    const {reason} = outcome.ended;
    const code = reason === 'closed' ? 'room_closed' : reason === 'banned' ? 'banned' : 'forbidden';
    throw new ChatError(code, {message: 'The membership has ended in the meantime.'});
  }

  #finishAll(prepared: Prepared[], more: boolean) {
    this.#requireCurrent(prepared);
    const outcomes = prepared.map((each) => this.#finish(each));
    this.#hasAllRooms ||= !more;
    this.#asksUntil = this.#hasAllRooms ? 0 : performance.now() + soonMs;
    return {
      rooms: outcomes.flatMap((outcome) => ('state' in outcome ? [outcome.state] : [])),
      ended: outcomes.flatMap((outcome) => ('ended' in outcome ? [outcome.ended] : [])),
      more,
    };
  }

  /** Gives all up where the connection is gone, or a membership was read in a log that has been replaced since. */
  #requireCurrent(prepared: Prepared[]): void {
    const {hasEnded} = this.#listener;
    const isReplaced = prepared.some(({feed, state}) => feed.epoch !== state.epoch);
    if (!hasEnded && !isReplaced) return;
    this.#giveUp(prepared);
    throw new ChatError(hasEnded ? 'unauthenticated' : 'unavailable');
  }

  #giveUp(begun: Begun[]): void {
    for (const {feed, pending} of begun) {
      this.#subscribing.delete(feed.roomId);
      feed.end(pending);
      this.#endPresence(feed.roomId, feed, {atOnce: pending.left !== undefined});
    }
  }
}

/** What was said before the user joined takes the grant `history`. */
function shownFromOf({membership: {may, joinedAt}}: StateRead): number {
  return may?.includes('history') ? 0 : joinedAt;
}

/** The part of a frame above a rev. */
function above(frame: Frame, rev: number): Frame[] {
  if (frame.head <= rev) return [];
  const entries = frame.entries.filter((entry) => entry.rev > rev);
  return [{...frame, after: Math.max(frame.after, rev), entries}];
}

function notYet(): ChatError {
  return new ChatError('unavailable', {retryAfterMs: 250});
}

function retry(error: unknown, attempt: () => Promise<void>): void {
  if (!(error instanceof ChatError) || !errorTable[error.code].retryable) return;
  setTimeout(() => void attempt(), error.retryAfterMs ?? retryMs).unref();
}
