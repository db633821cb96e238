/**
 * Lets connections hear rooms: the one way in.
 *
 * (1) Host the room, and note a pending subscription in its feed. (2) Read the membership and the room's state; what
 * passes the feed afterwards passes the pending subscription. (3) Bring the feed to at least that state. (4) In one step
 * with the answer: join the socketRoom, unless the connection is gone or the membership ended meanwhile, and send what
 * passed since the reading. So no `room:log` precedes the RoomState, nothing falls between them, and nobody hears a rev
 * before joining or after leaving.
 */
import {listMyRooms, readMembershipAge, readSubscription} from '@madang/database/log';
import type {Database} from '@madang/database/pool';
import type {StateRead} from '@madang/database/rooms';
import {ChatError, errorTable} from '@madang/protocol/errors';
import type {Frame} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import type {Occupancy} from '@madang/redis/occupancy';
import type {Logger} from '@madang/runtime/log';
import type {Ended, PresenceDigests, PresencePlace} from '../context.ts';
import type {Identity} from '../identify.ts';
import type {Attendances} from './attendances.ts';
import type {Feed, Listener, PendingSubscription} from './feed.ts';
import type {Feeds} from './feeds.ts';

const retryMs = 1_000;
/** A client that asks for its rooms does so once it is connected; after that, it is taken for one that never will. */
export const soonMs = 1_000;

/** A connection, as far as subscribing needs to know it. */
export type Subscriber = Listener & {
  readonly identity: Identity;
  readonly hasEnded: boolean;
  /** performance.now(), ms. */
  readonly openedAt: number;
  readonly log: Logger;
  /** Ids of the rooms that it hears. */
  readonly rooms: Set<string>;
  /** Rooms of which a subscription is under way. */
  readonly subscribing: Set<string>;
  /** It has asked for its rooms and has been given all of them: what it joins elsewhere is sent by itself. */
  hasAllRooms: boolean;
  /** Until when its client is expected to ask for its rooms, or for more of them (performance.now(), ms). */
  asksUntil: number;
  /** Puts it into the room's socketRoom. */
  hear(roomId: string): void;
  /** Sends `room:joined`. */
  joined(state: RoomState): void;
  /** Frames that follow on the RoomState of the answer being written: the room moved while that was made. */
  owe(frames: Frame[]): void;
};

export type SubscriptionsDeps = {
  db: Database;
  feeds: Feeds;
  occupancy: Occupancy;
  presence: PresenceDigests;
  attendances: Attendances;
  pulseNow(): void;
};

/** A subscription of which steps 1 to 3 are done. */
type Prepared = {feed: Feed; pending: PendingSubscription; state: StateRead; online: number};
type Outcome = {state: RoomState} | {ended: Ended};

export class Subscriptions {
  readonly #deps: SubscriptionsDeps;

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps;
  }

  async subscribe(connection: Subscriber, roomId: string): Promise<() => RoomState> {
    const prepared = await this.#subscribeOne(connection, roomId);
    return () => this.#finishOne(connection, prepared);
  }

  async #subscribeOne(connection: Subscriber, roomId: string): Promise<Prepared> {
    const [begun] = this.#begin(connection, [roomId]);
    try {
      await this.#deps.feeds.confirm();
      const state = await this.#read(begun!);
      const [prepared] = await this.#prepare(connection, [{...begun!, state}]);
      return prepared!;
    } catch (error) {
      this.#giveUp(connection, [begun!]);
      throw error;
    }
  }

  async subscribeNext<Read>(
    connection: Subscriber,
    {limit, anew}: {limit: number; anew?: boolean},
    read: () => Promise<Read>,
  ) {
    const {db, feeds} = this.#deps;
    const exclude = anew ? [] : [...connection.rooms];
    // Also when this fails: then it asks again.
    if (!connection.hasAllRooms) connection.asksUntil = Infinity;
    const page = await listMyRooms(db, {userId: connection.userId, exclude, limit});
    const begun = this.#begin(
      connection,
      page.rooms.map(({room}) => room.id),
    );
    try {
      await feeds.confirm();
      const states = await Promise.all(begun.map((each, index) => this.#validate(each, page.rooms[index]!)));
      const prepared = await this.#prepare(connection, states);
      // What was published between the reading and the hosting is asked for now.
      if (prepared.length > 0) this.#deps.pulseNow();
      const found = await read();
      return () => ({...this.#finishAll(connection, prepared, page.more), read: found});
    } catch (error) {
      this.#giveUp(connection, begun);
      throw error;
    }
  }

  /**
   * Lets a connection hear a room for which it did not ask, and tells it so: its user joined with another device.
   * Does nothing where the user is no member; tries again until it knows.
   *
   * A membership older than the connection waits while that asks for its rooms: `room:joined` moves a reader's cursor to
   * its head, so ahead of the answer it would skip what the reader missed, for good where the connection is lost between.
   * Of a younger one no cursor is held.
   */
  async letIn(connection: Subscriber, roomId: string): Promise<void> {
    const isServed = () =>
      connection.hasEnded || connection.rooms.has(roomId) || connection.subscribing.has(roomId);
    if (isServed()) return;
    try {
      const connectedMs = performance.now() - connection.openedAt;
      const memberMs = await readMembershipAge(this.#deps.db, {roomId, userId: connection.userId});
      // It may have asked meanwhile.
      if (memberMs === undefined || isServed()) return;
      const isOlder = memberMs >= connectedMs;
      if (isOlder && asksForRooms(connection)) throw notYet();
      const prepared = await this.#subscribeOne(connection, roomId);
      if (isOlder && asksForRooms(connection)) {
        this.#giveUp(connection, [prepared]);
        throw notYet();
      }
      connection.joined(this.#finishOne(connection, prepared));
    } catch (error) {
      connection.log.debug({err: error, roomId}, 'not let in');
      retry(error, () => this.letIn(connection, roomId));
    }
  }

  /** Gives a connection that hears a room its state anew: its user's role or mute changed, which no log tells. */
  async showMembership(connection: Subscriber, roomId: string): Promise<void> {
    if (connection.hasEnded || !connection.rooms.has(roomId)) return;
    try {
      const prepared = await this.#subscribeOne(connection, roomId);
      // It has been shown what passed since the reading, so the state must be of the very position where it is.
      if (prepared.state.head === prepared.feed.position)
        connection.joined(this.#finishOne(connection, prepared));
      else {
        this.#giveUp(connection, [prepared]);
        throw new ChatError('unavailable');
      }
    } catch (error) {
      connection.log.debug({err: error, roomId}, 'membership not shown');
      retry(error, () => this.showMembership(connection, roomId));
    }
  }

  /** The connection no longer hears the room. `atOnce` when its membership ended; else the user may be back soon. */
  left(connection: Subscriber, roomId: string, how: {atOnce: boolean}): void {
    const feed = this.#deps.feeds.get(roomId);
    feed?.remove(connection);
    // Another of the user's connections hears the room, or is about to; then it is the last one.
    if (feed?.serves(connection.userId)) return;
    this.#deps.presence.left(placeOf(connection, roomId), connection.identity.user, how);
    this.#deps.attendances.end(roomId, connection.userId);
  }

  /** A connection closed: it hears nothing any more. */
  closed(connection: Subscriber): void {
    for (const roomId of connection.rooms) this.left(connection, roomId, {atOnce: false});
    connection.rooms.clear();
  }

  #begin(connection: Subscriber, roomIds: string[]) {
    return roomIds.map((roomId) => {
      connection.subscribing.add(roomId);
      const feed = this.#deps.feeds.host(roomId);
      return {feed, pending: feed.begin(connection.userId)};
    });
  }

  async #read({feed, pending}: Omit<Prepared, 'state' | 'online'>): Promise<StateRead> {
    const state = await readSubscription(this.#deps.db, {roomId: feed.roomId, userId: pending.userId});
    if (!state) throw new ChatError('forbidden', {message: 'You are not in this room any more.'});
    feed.open(state.epoch, state.head);
    if (state.epoch !== feed.epoch) {
      this.#deps.pulseNow();
      throw new ChatError('unavailable');
    }
    // Opened by another's later reading: membership ends before that one have passed neither.
    return state.head < pending.since ? this.#read({feed, pending}) : state;
  }

  /** Takes a membership that was read before the subscription began, where nothing can have passed in between. */
  async #validate(begun: Omit<Prepared, 'state' | 'online'>, state: StateRead) {
    begun.feed.open(state.epoch, state.head);
    const isCurrent = state.epoch === begun.feed.epoch && state.head >= begun.pending.since;
    return {...begun, state: isCurrent ? state : await this.#read(begun)};
  }

  async #prepare(connection: Subscriber, begun: Omit<Prepared, 'online'>[]): Promise<Prepared[]> {
    const {occupancy, presence, attendances} = this.#deps;
    const {user} = connection.identity;
    for (const {feed} of begun) {
      if (!feed.hears(user.id)) presence.entered(placeOf(connection, feed.roomId), user);
    }
    const ephemeral = begun.filter(({state}) => state.room.ephemeral);
    const [online] = await Promise.all([
      occupancy.online(begun.map(({feed}) => feed.roomId)),
      ...ephemeral.map(({feed}) => attendances.begin(feed.roomId, user.id)),
      ...begun.map(({feed, state}) => feed.reach(Math.max(state.head, state.membership.joinedAt - 1))),
    ]);
    return begun.map((each, index) => ({...each, online: online[index] ?? 1}));
  }

  #finish(connection: Subscriber, {feed, pending, state, online}: Prepared): Outcome {
    const {left} = pending;
    const {joinedAt} = state.membership;
    if (left && left.leftAt >= joinedAt) {
      this.#giveUp(connection, [{feed, pending}]);
      return {ended: {roomId: feed.roomId, ...left}};
    }
    connection.subscribing.delete(feed.roomId);
    const isHeard = connection.rooms.has(feed.roomId);
    feed.add(connection, joinedAt);
    feed.end(pending);
    connection.hear(feed.roomId);
    if (isHeard) return {state: {...state, head: feed.position, online}};
    connection.owe(pending.passed.flatMap((frame) => above(frame, state.head)));
    return {state: {...state, online}};
  }

  #finishOne(connection: Subscriber, prepared: Prepared): RoomState {
    this.#requireCurrent(connection, [prepared]);
    const outcome = this.#finish(connection, prepared);
    if ('state' in outcome) return outcome.state;
    const {reason} = outcome.ended;
    const code = reason === 'closed' ? 'room_closed' : reason === 'banned' ? 'banned' : 'forbidden';
    throw new ChatError(code, {message: 'The membership has ended meanwhile.'});
  }

  #finishAll(connection: Subscriber, prepared: Prepared[], more: boolean) {
    this.#requireCurrent(connection, prepared);
    const outcomes = prepared.map((each) => this.#finish(connection, each));
    connection.hasAllRooms ||= !more;
    connection.asksUntil = connection.hasAllRooms ? 0 : performance.now() + soonMs;
    return {
      rooms: outcomes.flatMap((outcome) => ('state' in outcome ? [outcome.state] : [])),
      ended: outcomes.flatMap((outcome) => ('ended' in outcome ? [outcome.ended] : [])),
      more,
    };
  }

  /** Gives all up where the connection is gone, or a membership was read in a log that has been replaced since. */
  #requireCurrent(connection: Subscriber, prepared: Prepared[]): void {
    const isReplaced = prepared.some(({feed, state}) => feed.epoch !== state.epoch);
    if (!connection.hasEnded && !isReplaced) return;
    this.#giveUp(connection, prepared);
    throw new ChatError(connection.hasEnded ? 'unauthenticated' : 'unavailable');
  }

  #giveUp(connection: Subscriber, begun: Omit<Prepared, 'state' | 'online'>[]): void {
    for (const {feed, pending} of begun) {
      connection.subscribing.delete(feed.roomId);
      feed.end(pending);
      if (feed.serves(connection.userId)) continue;
      this.#deps.presence.left(placeOf(connection, feed.roomId), connection.identity.user, {
        atOnce: pending.left !== undefined,
      });
      this.#deps.attendances.end(feed.roomId, connection.userId);
    }
  }
}

function placeOf({identity}: Subscriber, roomId: string): PresencePlace {
  return {kind: 'room', id: roomId, tenantId: identity.tenantId};
}

/** The part of a frame above a rev. */
function above(frame: Frame, rev: number): Frame[] {
  if (frame.head <= rev) return [];
  const entries = frame.entries.filter((entry) => entry.rev > rev);
  return [{...frame, after: Math.max(frame.after, rev), entries}];
}

function asksForRooms({asksUntil}: Subscriber): boolean {
  return performance.now() < asksUntil;
}

function notYet(): ChatError {
  return new ChatError('unavailable', {retryAfterMs: 250});
}

function retry(error: unknown, attempt: () => Promise<void>): void {
  if (!(error instanceof ChatError) || !errorTable[error.code].retryable) return;
  setTimeout(() => void attempt(), error.retryAfterMs ?? retryMs).unref();
}
