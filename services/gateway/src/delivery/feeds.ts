/** The feeds of the rooms that this node hosts, and the hosting itself: being subscribed to their Redis channels. */
import type {Adapter} from 'socket.io-adapter';
import type {Frame} from '@madang/protocol/log';
import {Feed, type FeedDeps} from './feed.ts';
import {feedMember, socketRooms} from './socket-rooms.ts';

/** How long a subscription waits for Redis to confirm a channel; what is lost without it comes by the pulse. */
const confirmMs = 1_000;

export type FeedsDeps = Omit<FeedDeps, 'onEmpty'> & {
  adapter: () => Adapter;
  redis: {isUp(): boolean; subscriber: {ping(): Promise<unknown>}};
};

export class Feeds {
  readonly #deps: FeedsDeps;
  readonly #feeds = new Map<string, Feed>();

  constructor(deps: FeedsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#feeds.size;
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
   * The room's feed, made and subscribed to where this node did not host the room yet. The caller must `begin` on it
   * in the same step, or it may be gone again.
   */
  host(roomId: string): Feed {
    const hosted = this.#feeds.get(roomId);
    if (hosted) return hosted;
    const feed: Feed = new Feed(roomId, {...this.#deps, onEmpty: () => this.#release(feed)});
    this.#feeds.set(roomId, feed);
    void this.#deps.adapter().addAll(feedMember, new Set([socketRooms.room(roomId)]));
    return feed;
  }

  /** Settles once Redis carries the channels of all rooms hosted so far, or cannot confirm it within a second. */
  async confirm(): Promise<void> {
    if (!this.#deps.redis.isUp()) return;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, confirmMs);
    });
    // The subscriber's connection is first in, first out: a ping answered means that the subscriptions before it hold.
    await Promise.race([this.#deps.redis.subscriber.ping().then(undefined, () => undefined), tooLate]);
    clearTimeout(timer);
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
  }

  #release(feed: Feed): void {
    const {roomId} = feed;
    // A reading that was on its way when it ended may end it again, when another one has taken its place.
    if (this.#feeds.get(roomId) !== feed) return;
    this.#feeds.delete(roomId);
    void this.#deps.adapter().del(feedMember, socketRooms.room(roomId));
  }
}
