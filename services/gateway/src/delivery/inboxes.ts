/**
 * Sends connections what is new in their users' inboxes: each notification once per connection, in order, and what was
 * read on another device.
 *
 * A doorbell or the pulse only says which inboxes to read. One statement then reads all these inboxes from Postgres.
 * From the handshake on, each connection keeps the position up to which it was sent notifications. So a doorbell that
 * arrives late, twice or out of order changes nothing, and the pulse makes up for a lost one.
 */
import {readInboxes, type InboxNews} from '@madang/database/notifications/notifications';
import type {Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import type {Connections} from './connections.ts';
import type {Listener} from './listener.ts';

/** Users per statement: a notification has up to 4 KiB, and its users wait for one another. */
const usersAtOnce = 200;
const createdPerUser = 20;
/** An event has at most 64 KiB. */
const idsPerEvent = 1_000;

export type InboxesDeps = {
  db: Database;
  connections: Connections;
  /** Whether this node knows which sessions have ended; only then does it show anything. */
  isFresh(): boolean;
  log: Logger;
};

export class Inboxes {
  readonly #deps: InboxesDeps;
  /** Users of this node whose inboxes must be read. */
  readonly #woken = new Set<string>();
  #isReading = false;
  #wokenAt = -Infinity;

  constructor(deps: InboxesDeps) {
    this.#deps = deps;
  }

  /** These inboxes have new positions, or may have. */
  wake(userIds: Iterable<string>): void {
    this.#wokenAt = performance.now();
    for (const userId of userIds) {
      if (this.#deps.connections.ofUser(userId).length > 0) this.#woken.add(userId);
    }
    this.look();
  }

  /** Any inbox may have changed: signals may have been missed. */
  wakeAll(): void {
    this.wake([...this.#deps.connections.all()].map(({userId}) => userId));
  }

  /** A connection was admitted; its handshake began then (monotonic, ms). Only this looks for what came in between. */
  admitted({userId}: Pick<Listener, 'userId'>, startedAt: number): void {
    if (this.#wokenAt >= startedAt) this.wake([userId]);
  }

  /** Reads the inboxes that were woken. The next pulse calls it again at the latest. */
  look(): void {
    if (!this.#isReading && this.#woken.size > 0 && this.#deps.isFresh()) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#woken.size > 0 && this.#deps.isFresh()) await this.#readSome();
    } catch (error) {
      this.#deps.log.debug({err: error}, 'cannot read inboxes; the next pulse retries');
    } finally {
      this.#isReading = false;
    }
  }

  async #readSome(): Promise<void> {
    const asked: {userId: string; after: number}[] = [];
    for (const userId of this.#woken) {
      const told = this.#deps.connections.ofUser(userId).map(({inboxPosition}) => inboxPosition);
      if (told.length === 0) this.#woken.delete(userId);
      else asked.push({userId, after: Math.min(...told)});
      if (asked.length === usersAtOnce) break;
    }
    if (asked.length === 0) return;
    // An inbox that is woken during the read is read again.
    for (const {userId} of asked) this.#woken.delete(userId);
    try {
      const news = await readInboxes(this.#deps.db, asked, {limit: createdPerUser});
      // The node paused during the read. The news is shown once the node knows which sessions have ended.
      if (!this.#deps.isFresh()) return this.#wakeAgain(asked);
      for (const each of news) this.#tell(each);
    } catch (error) {
      this.#wakeAgain(asked);
      throw error;
    }
  }

  #wakeAgain(asked: readonly {userId: string}[]): void {
    for (const {userId} of asked) this.#woken.add(userId);
  }

  #tell(news: InboxNews): void {
    const isPart = news.created.length === createdPerUser;
    const position = isPart ? news.created.at(-1)!.seq : news.head;
    for (const connection of this.#deps.connections.ofUser(news.userId)) {
      tellNews(connection, news, position);
    }
    if (isPart) this.#woken.add(news.userId);
  }
}

/** Sends a connection the news of its user's inbox that it was not sent yet, up to a position. */
function tellNews(connection: Listener, {created, read, ...counts}: InboxNews, position: number): void {
  if (connection.hasEnded) return;
  const {unread, mentions} = counts;
  const numbers = {unread, ...(mentions && {mentions})};
  const isNew = (at: number) => at > connection.inboxPosition && at <= position;
  for (const {notification} of created.filter(({seq}) => isNew(seq))) {
    connection.emit('notification:created', {notification, ...numbers});
  }
  const ids = read.filter(({rev}) => isNew(rev)).map(({id}) => id);
  for (let first = 0; first < ids.length; first += idsPerEvent) {
    connection.emit('notification:read', {ids: ids.slice(first, first + idsPerEvent), ...numbers});
  }
  connection.inboxPosition = position;
}
