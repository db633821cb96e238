/**
 * The rooms of this node that may be behind Postgres, until they have caught up.
 *
 * If a move shows that the feed lacks entries, they are read at once. In other cases the room's position goes into the
 * next question: after a move that is behind the feed (the log lost its end, or was replaced), after a read that
 * failed, for a feed that an older read opened, and for all rooms if two answers are not contiguous. A room is removed
 * only after an answer, or a read that began later, has shown that it has caught up. So nothing here depends on a
 * clock, and an idle room costs nothing.
 */
import type {PulseAnswer, RoomPosition} from '@madang/database/delivery/pulse';
import {replaced} from '@madang/database/delivery/moves';
import type {Logger} from '@madang/runtime/log';
import type {Feed} from './feed.ts';
import type {Feeds} from './feeds.ts';

/** Rooms read from Postgres at once: half of the pool, so that calls find a connection when all rooms have moved. */
const readAtOnce = 5;
/** Positions in one question: they take Postgres some ten milliseconds. */
export const askedAtOnce = 2_000;

export type LaggingRoomsDeps = {
  feeds: Pick<Feeds, 'all' | 'get'>;
  /** A room's log lost its end; resolves once its epoch was raised or the loss was refuted. */
  onLostEnd(position: RoomPosition): Promise<void>;
  log: Logger;
};

/** A room to read, and the promise of those who wait for the read. */
type Due = {read: (feed: Feed) => Promise<void>; isRead: PromiseWithResolvers<void>};

export class LaggingRooms {
  readonly #deps: LaggingRoomsDeps;
  /** Rooms for the next question. */
  readonly #inDoubt = new Set<string>();
  readonly #due = new Map<string, Due>();
  readonly #underWay = new Set<Due>();
  /** Rooms whose read failed, and which nothing since has shown to have caught up. */
  readonly #unread = new Set<string>();

  constructor(deps: LaggingRoomsDeps) {
    this.#deps = deps;
  }

  /** Whether the next question has rooms to ask about. */
  get isInDoubt(): boolean {
    return this.#inDoubt.size > 0;
  }

  doubt(roomId: string): void {
    this.#inDoubt.add(roomId);
  }

  doubtAll(): void {
    for (const {roomId} of this.#deps.feeds.all()) this.#inDoubt.add(roomId);
  }

  /** Takes the rooms of the next question. Give them to `learn` with the answer, or back to `doubt`. */
  take(): RoomPosition[] {
    const asked: RoomPosition[] = [];
    for (const roomId of this.#inDoubt) {
      if (asked.length === askedAtOnce) break;
      const feed = this.#deps.feeds.get(roomId);
      // What a feed lacks is known only once it is open.
      if (feed && !feed.isOpen) continue;
      this.#inDoubt.delete(roomId);
      if (feed) asked.push({roomId, epoch: feed.epoch, head: feed.position});
    }
    return asked;
  }

  /** Takes in an answer; `catchUp` reads the rooms that the answer shows to have moved. */
  learn({fresh, moves, moved}: Pick<PulseAnswer, 'fresh' | 'moves' | 'moved'>, asked: RoomPosition[]): void {
    if (fresh) this.doubtAll();
    const positions = new Map(asked.map((position) => [position.roomId, position]));
    // A room that the answer does not mention is where the question said.
    const movedIds = new Set(moved.map(({roomId}) => roomId));
    for (const {roomId} of asked) if (!movedIds.has(roomId)) this.#unread.delete(roomId);
    for (const now of moved) this.#compare(now, positions.get(now.roomId));
    for (const [roomId, head] of moves) this.#follow(roomId, head);
  }

  /**
   * Reads due rooms, a few at a time. Resolves once every room due by now was read or has failed: true if each room has
   * caught up, including those whose earlier read failed.
   */
  async catchUp(): Promise<boolean> {
    const all = [...this.#underWay, ...this.#due.values()];
    while (this.#underWay.size < readAtOnce && this.#due.size > 0) void this.#readOn();
    await Promise.all(all.map(({isRead}) => isRead.promise));
    for (const roomId of this.#unread) if (!this.#deps.feeds.get(roomId)) this.#unread.delete(roomId);
    return this.#unread.size === 0;
  }

  #follow(roomId: string, head: number): void {
    const feed = this.#deps.feeds.get(roomId);
    if (!feed) return;
    if (!feed.isOpen) this.#inDoubt.add(roomId);
    else if (head === replaced) this.#read(roomId, (lagging) => lagging.repair());
    else if (head > feed.position) this.#read(roomId, (lagging) => lagging.reach(head));
    // Usually a frame that arrived before this answer.
    else if (head < feed.position) this.#inDoubt.add(roomId);
  }

  #compare(now: RoomPosition, asked: RoomPosition | undefined): void {
    const feed = this.#deps.feeds.get(now.roomId);
    if (!feed?.isOpen || !asked) return;
    if (now.epoch === '') return feed.dissolve();
    const isSame = now.epoch === asked.epoch;
    if (isSame && now.head < asked.head) return this.#read(now.roomId, () => this.#deps.onLostEnd(asked));
    this.#read(now.roomId, (lagging) => (isSame ? lagging.reach(now.head) : lagging.repair()));
  }

  /** The newest reason replaces an older one: it is about a later state of the room. */
  #read(roomId: string, read: Due['read']): void {
    this.#due.set(roomId, {read, isRead: this.#due.get(roomId)?.isRead ?? Promise.withResolvers()});
  }

  async #readOn(): Promise<void> {
    for (const [roomId, due] of this.#due) {
      this.#due.delete(roomId);
      this.#underWay.add(due);
      await this.#readOne(roomId, due.read);
      this.#underWay.delete(due);
      due.isRead.resolve();
    }
  }

  async #readOne(roomId: string, read: Due['read']): Promise<void> {
    const feed = this.#deps.feeds.get(roomId);
    if (!feed) return;
    try {
      await read(feed);
      this.#unread.delete(roomId);
    } catch (error) {
      this.#inDoubt.add(roomId);
      this.#unread.add(roomId);
      this.#deps.log.debug({err: error, roomId}, 'cannot catch up a room; the next pulse asks again');
    }
  }
}
