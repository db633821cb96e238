/**
 * The rooms of this node that may be behind Postgres, until they are not.
 *
 * What a move tells and the feed does not have is read at once. Where only a look at the room helps, its position goes with
 * the next question: after a move that is behind the feed (the log lost its end, or was replaced), after a reading that
 * failed, for a feed that was opened by an older reading, and for all rooms once nothing connects two answers. A room is
 * forgotten only after an answer, or a reading that began later, has shown that it is where its log is. So nothing here
 * goes by a clock, and a room in which nothing happens costs nothing.
 */
import type {PulseAnswer, RoomPosition} from '@madang/database/delivery/pulse';
import {replaced} from '@madang/database/delivery/moves';
import type {Logger} from '@madang/runtime/log';
import type {Feed} from './feed.ts';
import type {Feeds} from './feeds.ts';

/** Rooms read from Postgres at once: half of the pool, so that calls find a connection when all rooms have moved. */
const readAtOnce = 5;
/** Positions in one question: some ten milliseconds of Postgres. */
export const askedAtOnce = 2_000;

export type LaggingRoomsDeps = {
  feeds: Pick<Feeds, 'all' | 'get'>;
  /** A room's log lost its end; resolves once its epoch was raised or the loss was refuted. */
  onLostEnd(position: RoomPosition): Promise<void>;
  log: Logger;
};

/** A room to be read, and who waits for that. */
type Due = {read: (feed: Feed) => Promise<void>; isRead: PromiseWithResolvers<void>};

export class LaggingRooms {
  readonly #deps: LaggingRoomsDeps;
  /** To be asked about with the next question. */
  readonly #inDoubt = new Set<string>();
  readonly #due = new Map<string, Due>();
  readonly #underWay = new Set<Due>();
  /** Whose reading failed, and of which nothing has shown since that they are where their logs are. */
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

  /** Takes what the next question is to ask: to be given to `learn` with the answer, or back to `doubt`. */
  take(): RoomPosition[] {
    const asked: RoomPosition[] = [];
    for (const roomId of this.#inDoubt) {
      if (asked.length === askedAtOnce) break;
      const feed = this.#deps.feeds.get(roomId);
      // What a feed misses that is not open yet is known once it is.
      if (feed && !feed.isOpen) continue;
      this.#inDoubt.delete(roomId);
      if (feed) asked.push({roomId, epoch: feed.epoch, head: feed.position});
    }
    return asked;
  }

  /** Takes in an answer; what it tells is read by `catchUp`. */
  learn({fresh, moves, moved}: Pick<PulseAnswer, 'fresh' | 'moves' | 'moved'>, asked: RoomPosition[]): void {
    if (fresh) this.doubtAll();
    const positions = new Map(asked.map((position) => [position.roomId, position]));
    // A room of which the answer tells nothing is where the question said.
    const movedIds = new Set(moved.map(({roomId}) => roomId));
    for (const {roomId} of asked) if (!movedIds.has(roomId)) this.#unread.delete(roomId);
    for (const now of moved) this.#compare(now, positions.get(now.roomId));
    for (const [roomId, head] of moves) this.#follow(roomId, head);
  }

  /**
   * Reads what is due, a few rooms at a time. Resolves once all that is due by now was read, or has failed: whether each room
   * is where its log was, also those of which an earlier reading failed.
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
    // Usually a frame that came with less delay than this answer.
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
      this.#deps.log.debug({err: error, roomId}, 'room not caught up; the next pulse asks where it is');
    }
  }
}
