/**
 * The rooms that one connection hears, and the only way to add one.
 *
 * (1) Host the room, and register a pending subscription in its feed. (2) Read the membership and the room's state; the
 * feed passes everything later to the pending subscription. (3) Bring the feed to at least that state. (4) In the step
 * that writes the answer: join the socketRoom, unless the connection closed or the membership ended meanwhile, and send
 * what passed since the read. So no `room:log` precedes the RoomState, no entry is lost between them, and nobody hears
 * a rev before joining or after leaving.
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
/** A client that asks for its rooms does so once it is connected; after this time it counts as one that never will. */
export const soonMs = 1_000;

/** Subscriptions tell it who comes and goes. */
export type PresenceObserver = {
  /** The first connection of a user on this node hears the place. */
  entered(place: PresencePlace, user: User): void;
  /** No connection of the user on this node hears the place any more. */
  left(place: PresencePlace, user: User, how: {atOnce: boolean}): void;
};

export type SubscriptionsDeps = {
  db: Database;
  feeds: Feeds;
  occupancy: Occupancy;
  presence: PresenceObserver;
  attendances: Attendances;
  /** Asks Postgres for the position of a room that this node hosts. */
  checkRoom(roomId: string): void;
};

/** A subscription after steps 1 to 3. */
type Prepared = {
  feed: Feed;
  pending: PendingSubscription;
  /** How often rules had changed just before its membership was read. */
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
  /** Rooms with a subscription under way. */
  readonly #subscribing = new Set<string>();
  #hasAllRooms = false;
  /** Until when its client is expected to ask for its rooms, or for more of them (performance.now(), ms). */
  #asksUntil: number;
  /** Frames to send after the RoomStates of the answer being written: their rooms moved while it was made. */
  #followUps: Frame[] = [];

  constructor(deps: SubscriptionsDeps, listener: Listener) {
    this.#deps = deps;
    this.#listener = listener;
    this.#asksUntil = listener.openedAt + soonMs;
  }

  /** Ids of the rooms that the connection hears. */
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
    {limit, fromStart, db = this.#deps.db}: {limit: number; fromStart?: boolean; db?: Database},
    read: () => Promise<Read>,
  ) {
    const {feeds} = this.#deps;
    const exclude = fromStart ? [] : [...this.#rooms];
    const {rules} = feeds;
    // Also if this fails: then the client asks again.
    if (!this.#hasAllRooms) this.#asksUntil = Infinity;
    const page = await listMyRooms(db, {userId: this.#listener.userId, exclude, limit});
    const begun = this.#begin(
      page.rooms.map(({room}) => room.id),
      {rules},
    );
    try {
      await feeds.confirm();
      const states = await Promise.all(
        begun.map((each, index) => this.#validate(each, page.rooms[index]!, db)),
      );
      const prepared = await this.#prepare(states);
      const found = await read();
      return () => ({...this.#finishAll(prepared, page.more), read: found});
    } catch (error) {
      this.#giveUp(begun);
      throw error;
    }
  }

  /**
   * If the membership is older than the connection and the client is asking for its rooms, this waits. `room:joined`
   * moves a reader's cursor to its head; ahead of the answer it would skip what the reader missed, for good if the
   * connection is lost in between. A client holds no cursor for a younger membership.
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
      // The client may have asked meanwhile.
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
      listener.log.debug({err: error, roomId}, 'cannot subscribe unasked');
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
      // The client was shown what passed since the read, so the state must be of exactly the feed's position.
      if (prepared.state.head === prepared.feed.position) this.#announce(this.#finishOne(prepared));
      else {
        this.#giveUp([prepared]);
        throw new ChatError('unavailable');
      }
    } catch (error) {
      this.#listener.log.debug({err: error, roomId}, 'cannot show membership');
      retry(error, () => this.showMembership(roomId));
    }
  }

  /** Its user's membership ended. */
  leave(roomId: string, leftAt: number, reason: LeaveReason): void {
    if (!this.#rooms.delete(roomId)) return;
    this.#listener.leave(socketRooms.room(roomId));
    this.#listener.emit('room:left', {roomId, leftAt, reason});
    this.#unsubscribe(roomId, {atOnce: true});
    // The user may have joined again before this node saw the end; the signal of the new join found it still
    // subscribed.
    if (reason !== 'closed') void this.subscribeUnasked(roomId);
  }

  /** The connection closed: it hears nothing from now on. */
  close(): void {
    for (const roomId of this.#rooms) this.#unsubscribe(roomId, {atOnce: false});
    this.#rooms.clear();
  }

  /** Sends the frames that follow RoomStates, of one room or all, right after they were written, in the same step. */
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

  /** `atOnce` if its membership ended; otherwise the user may be back soon. */
  #unsubscribe(roomId: string, how: {atOnce: boolean}): void {
    const feed = this.#deps.feeds.get(roomId);
    feed?.remove(this.#listener);
    this.#endPresence(roomId, feed, how);
  }

  #endPresence(roomId: string, feed: Feed | undefined, how: {atOnce: boolean}): void {
    const {userId, identity} = this.#listener;
    // Another of the user's connections hears the room, or is about to; then that one is the last.
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

  async #read({feed, pending}: Begun, db = this.#deps.db): Promise<StateRead> {
    const state = await readSubscription(db, {roomId: feed.roomId, userId: pending.userId});
    if (!state) throw new ChatError('forbidden', {message: 'You are not in this room any more.'});
    feed.open(state.epoch, state.head);
    if (state.epoch !== feed.epoch) {
      this.#deps.checkRoom(feed.roomId);
      throw new ChatError('unavailable');
    }
    // Another subscription's later read opened the feed: membership ends before that read passed neither.
    return state.head < pending.since ? this.#read({feed, pending}, db) : state;
  }

  /** Accepts a membership that was read before the subscription began, if nothing can have passed in between. */
  async #validate(begun: Begun & {rules: number}, state: StateRead, db: Database) {
    if (!begun.feed.isOpen) {
      begun.feed.open(state.epoch, state.head);
      // The pulse knew of no feed when the room moved between the read and the hosting.
      this.#deps.checkRoom(begun.feed.roomId);
    }
    const isCurrent = state.epoch === begun.feed.epoch && state.head >= begun.pending.since;
    return {...begun, state: isCurrent ? state : await this.#read(begun, db)};
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

  /** Drops everything if the connection is gone, or if a membership was read in a log that was replaced since. */
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

/** Messages from before the user joined require the grant `history`. */
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
