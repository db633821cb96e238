/** The feeds of the rooms that this node hosts. Hosting a room means being subscribed to its Redis channel. */
import type {Adapter} from 'socket.io-adapter';
import type {RoomStandings, RuledStanding} from '@madang/database/delivery/log';
import type {Frame} from '@madang/protocol/log';
import {Feed, type FeedDeps, type FeedListener} from './feed.ts';
import {feedMember, socketRooms} from './socket-rooms.ts';

/** How long a subscription waits for Redis to confirm a channel; the pulse makes up for what is lost without it. */
const confirmMs = 1_000;
/** How many members' standings one statement reads. */
const askedAtOnce = 500;

export type FeedsDeps = Omit<FeedDeps, 'onEmpty' | 'onReplaced'> & {
  adapter: () => Adapter;
  redis: {isUp(): boolean; subscriber: {ping(): Promise<unknown>}};
  /** The room's log position, and since when each of these users is a member, in one snapshot; undefined if closed. */
  readMemberships(roomId: string, userIds: string[]): Promise<RoomStandings | undefined>;
  /** The current standings of these members. */
  readStandings(
    asked: readonly {roomId: string; userId: string}[],
  ): Promise<{roomId: string; userId: string; standing: RuledStanding}[]>;
};

export class Feeds {
  readonly #deps: FeedsDeps;
  readonly #feeds = new Map<string, Feed>();
  /** How often rules have changed that decide how much members are shown. */
  #rules = 0;

  constructor(deps: FeedsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#feeds.size;
  }

  get rules(): number {
    return this.#rules;
  }

  get(roomId: string): Feed | undefined {
    return this.#feeds.get(roomId);
  }

  all(): Iterable<Feed> {
    return this.#feeds.values();
  }

  receive(frame: Frame): void {
    this.#feeds.get(frame.roomId)?.receive(frame);
  }

  /**
   * Returns the room's feed. If this node does not host the room yet, makes the feed and subscribes to its channel. The
   * caller must `begin` on it in the same step, or it may be removed again.
   */
  host(roomId: string): Feed {
    const hosted = this.#feeds.get(roomId);
    if (hosted) return hosted;
    const feed: Feed = new Feed(roomId, {
      ...this.#deps,
      onEmpty: () => this.#release(feed),
      onReplaced: () => void this.#readmit(roomId),
    });
    this.#feeds.set(roomId, feed);
    void this.#deps.adapter().addAll(feedMember, new Set([socketRooms.room(roomId)]));
    return feed;
  }

  /** Settles once Redis carries the channels of all rooms hosted so far, or after a second without confirmation. */
  async confirm(): Promise<void> {
    if (!this.#deps.redis.isUp()) return;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, confirmMs);
    });
    // The subscriber's connection is first in, first out: an answered ping means that the subscriptions before it hold.
    await Promise.race([this.#deps.redis.subscriber.ping().then(undefined, () => undefined), tooLate]);
    clearTimeout(timer);
  }

  /**
   * The rules have changed for these users. Reads again from which seq on each is shown a room, and what each may do
   * there. Users whose grants differ are told. A subscription under way may have read the old rules, and asks by
   * itself. Rejects if the read fails.
   */
  async restand(userIds: ReadonlySet<string>): Promise<void> {
    this.#rules += 1;
    const asked = [...this.#feeds.values()].flatMap((feed) =>
      [...feed.userIds()]
        .filter((userId) => userIds.has(userId))
        .map((userId) => ({roomId: feed.roomId, userId})),
    );
    for (let first = 0; first < asked.length; first += askedAtOnce) {
      await this.#restandSome(asked.slice(first, first + askedAtOnce));
    }
  }

  /** The same for one subscription; repeats until the read succeeds. */
  async restandOne(roomId: string, userId: string): Promise<void> {
    try {
      await this.#restandSome([{roomId, userId}]);
    } catch (error) {
      this.#deps.log.debug({err: error, roomId}, 'cannot read standing yet');
      setTimeout(() => void this.restandOne(roomId, userId), 1_000).unref();
    }
  }

  async #restandSome(asked: readonly {roomId: string; userId: string}[]): Promise<void> {
    for (const {roomId, userId, standing} of await this.#deps.readStandings(asked)) {
      this.#feeds.get(roomId)?.restand(userId, standing);
    }
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
  }

  /**
   * A room's log was replaced: members in the new log continue at its end. Memberships and end are of one snapshot, so
   * a membership that ends later passes the feed.
   */
  async #readmit(roomId: string): Promise<void> {
    const feed = this.#feeds.get(roomId);
    if (!feed) return;
    try {
      const userIds = [...new Set(feed.listeners().map(({userId}) => userId))];
      const found = await this.#deps.readMemberships(roomId, userIds);
      const rejoined: FeedListener[] = [];
      for (const listener of feed.listeners()) {
        const standing = found?.members[listener.userId];
        if (standing === undefined) {
          listener.leaveRoom(roomId, 0, 'removed');
          continue;
        }
        if (standing.joinedAt !== feed.joinedAt(listener.id)) rejoined.push(listener);
        feed.add(listener, standing.joinedAt, standing.shownFrom);
      }
      if (found) feed.restart(found.epoch, found.head);
      // The feed has passed no end of the earlier membership, but the client may know of it, and follow the room no more.
      for (const {subscriptions} of rejoined) void subscriptions.showMembership(roomId);
    } catch (error) {
      this.#deps.log.warn({err: error, roomId}, 'cannot read replaced log yet');
      setTimeout(() => void this.#readmit(roomId), 1_000).unref();
    }
  }

  #release(feed: Feed): void {
    const {roomId} = feed;
    // Its feed may have been closed during this read, and another one may have taken its place.
    if (this.#feeds.get(roomId) !== feed) return;
    this.#feeds.delete(roomId);
    void this.#deps.adapter().del(feedMember, socketRooms.room(roomId));
  }
}
