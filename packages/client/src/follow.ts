import {backoffMs, wait, type BackoffTimes} from './backoff.ts';
import {asCallError, type CallError} from './call-error.ts';
import type {Caller} from './calls.ts';
import type {OutboxEntry} from './outbox.ts';
import {Timeline, type Applied, type SyncRequest} from './timeline.ts';
import type {Calls, Cursor, Frame, LeaveReason, Message, Room, RoomState, ServerEvents} from './wire.ts';

/** A room this user is in. */
export type FollowedRoom = {
  readonly id: string;
  /** Kept current: each change creates a new object. `head` stays the one at which the server counted `unread`. */
  state: RoomState;
  readonly timeline: Timeline;
};

/** The events about followed rooms that an interface listens to. */
export type FollowEvents = {
  /** A room was added or removed. */
  rooms: ReadonlyMap<string, FollowedRoom>;
  /** One room changed: its state, its timeline or its pending sends. */
  room: FollowedRoom;
  /** Each message once, in log order, live or fetched, including one's own. History is not included. */
  message: Message;
  /** Each applied frame, live or fetched, in the order in which this client read the log. */
  frame: Frame;
  'room:left': ServerEvents['room:left'];
};

type Ended = ServerEvents['room:left'];
type Surroundings = {
  emit: <Name extends keyof FollowEvents>(name: Name, payload: FollowEvents[Name]) => void;
  /** Returns the outbox entries of a room. */
  pendingIn: (roomId: string) => readonly OutboxEntry[];
  /** Returns where a newly followed room continues, if that is known. */
  cursorOf?: (state: RoomState) => Cursor | undefined;
};

// A reconnect after a long absence needs many syncs. The server would refuse them if all came at once.
const parallelSyncs = 4;
const syncLimit = 200;
/** The server also stops counting here. */
const maxUnread = 100;

/** The rooms of this user. The client reads each room's log by the protocol's rules, across any number of connections. */
export class Follow {
  readonly rooms = new Map<string, FollowedRoom>();
  readonly #caller: Caller;
  readonly #times: BackoffTimes;
  readonly #emit: Surroundings['emit'];
  readonly #pendingIn: Surroundings['pendingIn'];
  readonly #cursorOf: Surroundings['cursorOf'];
  #userId: string | undefined;
  #signal: AbortSignal | undefined;
  /** The rooms that this connection receives. */
  readonly #heard = new Set<string>();
  /**
   * Where and in which log each membership ended. A RoomState that arrives after such an end must not bring the room back.
   */
  readonly #ends = new Map<string, {epoch: string | undefined; leftAt: number}>();
  readonly #syncing = new Set<string>();
  readonly #queue = new Set<string>();
  /** Whether `session:start` is in progress. It may bring what a single `room:sync` would ask for. */
  #starting = false;

  constructor(caller: Caller, times: BackoffTimes, {emit, pendingIn, cursorOf}: Surroundings) {
    this.#caller = caller;
    this.#times = times;
    this.#emit = emit;
    this.#pendingIn = pendingIn;
    this.#cursorOf = cursorOf;
  }

  /** A connection is open, but receives no room yet. Rooms stay as they are until the server has answered. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
    this.#starting = true;
    this.#heard.clear();
    this.#ends.clear();
    this.#queue.clear();
  }

  /** `session:start` is complete: rooms it did not name are gone, and what it did not bring is fetched. */
  finish(before: Iterable<string>): void {
    this.#starting = false;
    for (const roomId of before) {
      const room = this.rooms.get(roomId);
      if (room !== undefined && !this.#heard.has(roomId)) this.#gone(room, 'removed');
    }
    for (const roomId of this.rooms.keys()) this.#sync(roomId);
  }

  /**
   * Sets the user that these rooms belong to, and drops another user's rooms. Rooms of the current connection belong to its
   * user, even if they arrive before the connection says who that is.
   */
  setUser(userId: string | undefined): void {
    if (userId === this.#userId) return;
    this.#userId = userId;
    const isConnected = this.#signal?.aborted === false;
    const {size} = this.rooms;
    for (const room of this.rooms.values()) {
      if (isConnected && this.#heard.has(room.id)) this.#own(room);
      else this.rooms.delete(room.id);
    }
    if (this.rooms.size < size) this.#emit('rooms', this.rooms);
  }

  hears(roomId: string): boolean {
    return this.#heard.has(roomId);
  }

  /** The user is in a room, and this connection receives it. */
  enter(state: RoomState, from: 'joined' | 'session'): void {
    const {id} = state.room;
    if (this.#hasEnded(state)) return;
    this.#heard.add(id);
    const held = this.rooms.get(id);
    if (held === undefined) {
      const timeline = this.#timelineOf(state, from);
      const room = {id, state, timeline};
      this.rooms.set(id, room);
      this.#emit('rooms', this.rooms);
      this.#emit('room', room);
      this.#sync(id);
      return;
    }
    held.timeline.applyState(state, from);
    const newer = held.state.room.rev > state.room.rev ? held.state.room : state.room;
    held.state = {...state, room: newer};
    this.#emit('room', held);
    this.#sync(id);
  }

  /** An end in a log that has since been replaced says nothing about the current log. */
  #hasEnded({room, epoch, membership}: RoomState): boolean {
    const end = this.#ends.get(room.id);
    if (end === undefined || (end.epoch !== undefined && end.epoch !== epoch)) return false;
    return membership.joinedAt <= end.leftAt;
  }

  #timelineOf(state: RoomState, from: 'joined' | 'session'): Timeline {
    const {epoch, head, room} = state;
    const resumed = from === 'session' ? this.#cursorOf?.(state) : undefined;
    const timeline = new Timeline(room.id, resumed ?? {epoch, rev: head}, this.#userId);
    timeline.setPending(this.#pendingIn(room.id));
    if (resumed !== undefined) timeline.applyState(state, from);
    return timeline;
  }

  /** The user's membership ended. An end before the current membership began is ignored; 0 means that the log has none. */
  leave({roomId, leftAt, reason}: Ended): void {
    const room = this.rooms.get(roomId);
    const known = this.#ends.get(roomId);
    const epoch = room?.timeline.cursor.epoch ?? known?.epoch;
    const isLater = known?.epoch !== epoch || leftAt > (known?.leftAt ?? -1);
    if (isLater) this.#ends.set(roomId, {epoch, leftAt});
    if (room !== undefined && !isOldNews(room, leftAt)) this.#drop({roomId, leftAt, reason});
  }

  /** Applies a live frame. Ignores one of a room that this user is not in. */
  live(frame: Frame): void {
    const room = this.rooms.get(frame.roomId);
    if (room === undefined) return;
    this.#apply(room, room.timeline.apply(frame));
    this.#sync(room.id);
  }

  /** Applies one page of `session:start`; `requests` are the cursors that the client sent with it. */
  page(page: Calls['session:start']['result'], requests: ReadonlyMap<string, SyncRequest>): void {
    this.setUser(page.user.id);
    for (const state of page.rooms) this.enter(state, 'session');
    for (const frame of page.frames) {
      const room = this.rooms.get(frame.roomId);
      if (room !== undefined) this.#apply(room, room.timeline.applySync(frame, requests.get(room.id)));
    }
    for (const ended of page.ended) this.leave(ended);
  }

  /** Changes what is known about a room besides its log. */
  update(roomId: string, change: (state: RoomState) => RoomState): void {
    const room = this.rooms.get(roomId);
    if (room === undefined) return;
    room.state = change(room.state);
    this.#emit('room', room);
  }

  /**
   * What the user has read, here or on another device. The server counted at a moment that is not this client's place in the
   * log, so its count serves only where not all the messages are held.
   */
  read(roomId: string, {readSeq, unread, mentions}: Calls['read:mark']['result']): void {
    this.update(roomId, (state) => {
      const {timeline} = this.rooms.get(roomId)!;
      const membership = {...state.membership, readSeq};
      const counted = this.#unreadHeld(timeline, readSeq) ?? unread;
      return {...state, membership, unread: counted, ...(mentions !== undefined && {mentions})};
    });
  }

  /** How many unread inbox items there are now in some rooms. */
  mentioned(counts: Readonly<Record<string, number>> = {}): void {
    for (const [roomId, mentions] of Object.entries(counts))
      this.update(roomId, (state) => ({...state, mentions}));
  }

  #apply(room: FollowedRoom, applied: Applied): void {
    if (applied.frames.length === 0 && !applied.reset) return;
    room.state = {
      ...room.state,
      room: newestRoom(room.state, applied),
      unread: this.#unread(room, applied),
    };
    const mayHaveLostMention =
      (room.state.mentions ?? 0) > 0 && applied.entries.some(({type}) => type === 'delete');
    if (mayHaveLostMention || (hasLostUnread(room.state, applied) && !this.#holdsUnread(room)))
      void this.#recount(room);

    for (const frame of applied.frames) this.#emit('frame', frame);
    for (const message of applied.messages) this.#emit('message', message);
    this.#emit('room', room);
  }

  #sync(roomId: string): void {
    if (this.#starting || !this.rooms.get(roomId)?.timeline.needsSync) return;
    if (!this.#syncing.has(roomId)) this.#queue.add(roomId);
    this.#startSyncs();
  }

  #startSyncs(): void {
    for (const roomId of this.#queue) {
      const room = this.rooms.get(roomId);
      if (this.#syncing.size >= parallelSyncs || this.#signal === undefined || this.#signal.aborted) return;
      this.#queue.delete(roomId);
      if (room === undefined) continue;
      this.#syncing.add(roomId);
      void this.#syncRoom(room, this.#signal).finally(() => {
        this.#syncing.delete(roomId);
        this.#sync(roomId);
        this.#startSyncs();
      });
    }
  }

  /** Syncs a room until nothing is missing, with one request at a time. */
  async #syncRoom(room: FollowedRoom, signal: AbortSignal): Promise<void> {
    const {timeline} = room;
    for (let attempt = 0; timeline.needsSync && this.rooms.get(room.id) === room && !signal.aborted;) {
      const before = timeline.cursor;
      const request = timeline.syncRequest();
      let failure: CallError | undefined;
      try {
        const frame = await this.#caller.call('room:sync', {...request, limit: syncLimit});
        if (this.rooms.get(room.id) === room) this.#apply(room, timeline.applySync(frame, request));
      } catch (error) {
        failure = asCallError(error);
        if (!failure.retryable) return this.#gone(room, reasonOf(failure));
      }
      // If an answer changed nothing and still left a gap, the client waits as after a failure, so that it does not
      // overload the server.
      const moved = timeline.cursor.rev !== before.rev || timeline.cursor.epoch !== before.epoch;
      attempt = moved ? 0 : attempt + 1;
      if (!moved && timeline.needsSync) {
        await wait(backoffMs(attempt, this.#times, {retryAfterMs: failure?.retryAfterMs}), signal);
      }
    }
  }

  /** Returns `unread` after these changes. At the server's own limit the exact number is unknown. */
  #unread({state, timeline}: FollowedRoom, applied: Applied): number {
    const {head, unread, membership} = state;
    const {messages, entries, deleted} = applied;
    if (hasLostUnread(state, applied)) {
      const held = this.#unreadHeld(timeline, membership.readSeq);
      if (held !== undefined) return held;
    }
    const isUnread = ({seq, sender}: Message) => seq > membership.readSeq && sender.id !== this.#userId;
    const more = messages.filter((message) => message.seq > head && isUnread(message)).length;
    const fewer = entries.filter(({type, message}) => {
      if (type !== 'delete' || message === undefined || message.rev <= head) return false;
      return isUnread(message) && (message.seq <= head || deleted.includes(message));
    }).length;
    return unread >= maxUnread ? unread : Math.max(0, Math.min(maxUnread, unread + more - fewer));
  }

  /** How many are unread, where all above the read mark are held. */
  #unreadHeld(timeline: Timeline, readSeq: number): number | undefined {
    if (!timeline.holdsAbove(readSeq)) return undefined;
    const unread = timeline.messages.filter(
      ({seq, sender, deletedAt}) => seq > readSeq && sender.id !== this.#userId && deletedAt === undefined,
    );
    return Math.min(maxUnread, unread.length);
  }

  #holdsUnread({timeline, state}: FollowedRoom): boolean {
    return timeline.holdsAbove(state.membership.readSeq);
  }

  /**
   * The room has dropped messages that were counted as unread, of which not all are held here, or one that may have
   * mentioned the user. The client cannot know how many are left. So it has the server count them: marking the same message
   * again changes nothing else.
   */
  async #recount(room: FollowedRoom): Promise<void> {
    const {state, id: roomId} = room;
    const {readSeq} = state.membership;
    const signal = this.#signal;
    if (signal === undefined) return;
    for (let attempt = 1; this.rooms.get(roomId) === room && !signal.aborted; attempt += 1) {
      try {
        await this.#caller.call('read:mark', {roomId, seq: readSeq});
        return;
      } catch (error) {
        const {retryable, retryAfterMs} = asCallError(error);
        if (!retryable) return;
        await wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal);
      }
    }
  }

  /**
   * The room belongs to this user. Messages counted as unread before that was known may be the user's own, from another
   * device.
   */
  #own(room: FollowedRoom): void {
    room.timeline.setUser(this.#userId);
    const {head, unread, membership} = room.state;
    const own = room.timeline.messages.filter(
      ({seq, sender, deletedAt}) =>
        seq > Math.max(head, membership.readSeq) && sender.id === this.#userId && deletedAt === undefined,
    );
    if (own.length === 0 || unread >= maxUnread) return;
    room.state = {...room.state, unread: Math.max(0, unread - own.length)};
    this.#emit('room', room);
  }

  /** The membership has ended, but nobody said where. So no end is noted, because it could hide a later membership. */
  #gone(room: FollowedRoom, reason: LeaveReason): void {
    if (this.rooms.get(room.id) !== room) return;
    this.#drop({roomId: room.id, leftAt: room.timeline.cursor.rev + 1, reason});
  }

  #drop(ended: Ended): void {
    this.rooms.delete(ended.roomId);
    this.#heard.delete(ended.roomId);
    this.#emit('room:left', ended);
    this.#emit('rooms', this.rooms);
  }
}

/** Whether a membership ended before the current one began, if both are in the same log. */
function isOldNews({state, timeline}: FollowedRoom, leftAt: number): boolean {
  const isOfThisLog = leftAt > 0 && state.epoch === timeline.cursor.epoch;
  return isOfThisLog && leftAt < state.membership.joinedAt;
}

/** Returns the room as the newest entry describes it. The room in an entry has no counts. */
function newestRoom({room}: RoomState, {entries}: Applied): Room {
  const changes = entries.flatMap((entry) => entry.room ?? []).filter(({rev}) => rev >= room.rev);
  const newest = changes.at(-1);
  return newest === undefined ? room : {...newest, memberCount: room.memberCount, online: room.online};
}

/** Whether the room has dropped messages that may have been counted as unread. */
function hasLostUnread({membership}: RoomState, {entries}: Applied): boolean {
  return entries.some(({room}) => (room?.firstSeq ?? 0) > membership.readSeq + 1);
}

function reasonOf({code}: CallError): LeaveReason {
  if (code === 'banned') return 'banned';
  return code === 'room_closed' ? 'closed' : 'removed';
}
