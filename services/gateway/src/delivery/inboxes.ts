/**
 * Sends connections what is new in their users' inboxes: each notification once per connection, in order, and what was
 * read on another device.
 *
 * A doorbell or the pulse only says which inboxes to read. One statement then reads the inboxes of all these users from
 * Postgres. From the handshake on, each connection keeps the position up to which it was sent notifications. So a doorbell
 * that arrives late, twice or out of order changes nothing, and the pulse makes up for a lost one.
 */
import {readInboxes, type InboxNews} from '@madang/database/notifications/notifications';
import type {Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import type {Connections} from './connections.ts';
import type {Listener} from './listener.ts';

/** Of one statement: a notification has up to 4 KiB, and its users wait for one another. */
const usersAtOnce = 200;
const createdPerUser = 20;
/** An event has at most 64 KiB. */
const idsPerEvent = 1_000;

export type InboxesDeps = {
  db: Database;
  connections: Connections;
  /** Whether this node knows whose sessions have ended; only then it shows anything. */
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

  /** Inboxes have moved, or may have. */
  wake(userIds: Iterable<string>): void {
    this.#wokenAt = performance.now();
    for (const userId of userIds) {
      if (this.#deps.connections.ofUser(userId).length > 0) this.#woken.add(userId);
    }
    this.look();
  }

  /** Any inbox may have moved: signals may have been missed. */
  wakeAll(): void {
    this.wake([...this.#deps.connections.all()].map(({userId}) => userId));
  }

  /** A connection is there whose handshake began then (monotonic, ms); nobody else looks for what came meanwhile. */
  admitted({userId}: Pick<Listener, 'userId'>, startedAt: number): void {
    if (this.#wokenAt >= startedAt) this.wake([userId]);
  }

  /** Looks into the inboxes that were woken; called again, at the latest, with the next pulse. */
  look(): void {
    if (!this.#isReading && this.#woken.size > 0 && this.#deps.isFresh()) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#woken.size > 0 && this.#deps.isFresh()) await this.#readSome();
    } catch (error) {
      this.#deps.log.debug({err: error}, 'inboxes not read; the next pulse tries again');
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
    // An inbox that is woken while it is read will be read again.
    for (const {userId} of asked) this.#woken.delete(userId);
    try {
      const news = await readInboxes(this.#deps.db, asked, {limit: createdPerUser});
      // Woken from a pause in the middle: it is shown once it is known whose sessions have ended.
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

/** Tells a connection what of its user's inbox it was not told yet, up to a position. */
function tellNews(connection: Listener, {created, read, unread}: InboxNews, position: number): void {
  if (connection.hasEnded) return;
  const isNew = (at: number) => at > connection.inboxPosition && at <= position;
  for (const {notification} of created.filter(({seq}) => isNew(seq))) {
    connection.emit('notification:created', {notification, unread});
  }
  const ids = read.filter(({rev}) => isNew(rev)).map(({id}) => id);
  for (let first = 0; first < ids.length; first += idsPerEvent) {
    connection.emit('notification:read', {ids: ids.slice(first, first + idsPerEvent), unread});
  }
  connection.inboxPosition = position;
}
