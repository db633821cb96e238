import {backoffMs, wait, type BackoffTimes} from './backoff.ts';
import {asCallError} from './call-error.ts';
import type {Caller} from './calls.ts';
import type {Calls, Notification, ServerEvents} from './wire.ts';

/** The events about notifications that an interface listens to. */
export type NotificationEvents = {
  /** The list or the number of unread ones changed. */
  notifications: Notifications;
  /** Each notification that came after the list was loaded, once: live, or found after an absence. Show a toast for it. */
  notification: Notification;
};

type Page = Calls['notification:list']['result'];
type Arrived = {created: Notification[]; readIds: Set<string>; unread?: number};
type Emit = <Name extends keyof NotificationEvents>(name: Name, payload: NotificationEvents[Name]) => void;

const pageSize = 50;
/** After an absence, the client reads this many pages to find what it missed. More toasts than that help nobody. */
const maxMissedPages = 4;

/**
 * The user's notifications, with whether each was read on any device. The client asks for nothing until `load`. From then
 * on it keeps the list current across any number of connections.
 */
export class Notifications {
  readonly #caller: Caller;
  readonly #times: BackoffTimes;
  readonly #emit: Emit;
  #items: readonly Notification[] = [];
  #unread = 0;
  #next: string | undefined;
  #userId: string | undefined;
  #isWanted = false;
  #isLoaded = false;
  /** Live events that came while a page was being loaded. The page may be older than they are. */
  #arrived: Arrived | undefined;
  /** Raised when a pending answer is no longer wanted, because of another user or a newer request. */
  #generation = 0;
  /** Rises with each event. The count of an event may be newer than that of an answer. */
  #eventCount = 0;

  constructor(caller: Caller, times: BackoffTimes, emit: Emit) {
    this.#caller = caller;
    this.#times = times;
    this.#emit = emit;
  }

  /** The loaded notifications, newest first. */
  get items(): readonly Notification[] {
    return this.#items;
  }

  /** How many are unread, loaded or not. */
  get unread(): number {
    return this.#unread;
  }

  get hasEarlier(): boolean {
    return this.#next !== undefined;
  }

  /** Whether `load` was called. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Whether `items` already belong to the current user. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /**
   * Loads the newest notifications and follows later ones. If it fails, for example while offline, the next connection
   * loads them.
   */
  async load(): Promise<void> {
    this.#isWanted = true;
    await this.#refresh(1);
  }

  /** Loads one page of older notifications. Returns whether there are more. */
  async loadEarlier(): Promise<boolean> {
    const after = this.#next;
    if (after === undefined) return false;
    const generation = this.#generation;
    const page = await this.#caller.call('notification:list', {after, limit: pageSize});
    if (generation !== this.#generation || after !== this.#next) return this.hasEarlier;
    this.#items = [...this.#items, ...page.notifications];
    this.#next = page.next;
    this.#changed();
    return this.hasEarlier;
  }

  /** Marks notifications as read on every device of the user: the given ones, or one and all before it. */
  async markRead(which: readonly string[] | {upTo: string}): Promise<void> {
    const input = 'upTo' in which ? which : {ids: [...which]};
    const {unread} = await this.#caller.call('notification:read', input);
    // The server's event says which notifications changed, and this device receives it as well.
    if (unread === this.#unread) return;
    this.#unread = unread;
    this.#changed();
  }

  /** A connection is open, so notifications missed in the meantime are fetched. */
  async resume(signal: AbortSignal): Promise<void> {
    if (!this.#isWanted) return;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        return await this.#refresh(this.#isLoaded ? maxMissedPages : 1);
      } catch (error) {
        const {retryable, retryAfterMs} = asCallError(error);
        if (!retryable) return;
        await wait(backoffMs(attempt, this.#times, {retryAfterMs}), signal);
      }
    }
  }

  /** Applies an event of the server. */
  arrive(name: string, payload: unknown): void {
    if (name.startsWith('notification:')) this.#eventCount += 1;
    if (name === 'notification:created') this.#created(payload as ServerEvents['notification:created']);
    if (name === 'notification:read') this.#read(payload as ServerEvents['notification:read']);
  }

  /**
   * The user is no longer shown inbox items of these messages or, without any, of this room. They go at once, and the
   * server is asked how many are left.
   */
  forget(roomId: string, seqs?: readonly unknown[]): void {
    const isGone = ({data}: Notification) =>
      data['roomId'] === roomId && (seqs === undefined || seqs.includes(data['seq']));
    if (!this.#items.some(isGone)) return;
    this.#items = this.#items.filter((item) => !isGone(item));
    this.#changed();
    void this.#recount().catch(() => undefined);
  }

  /** Sets the user that these notifications belong to, and drops another user's. */
  setUser(userId: string | undefined): void {
    if (userId === this.#userId) return;
    this.#userId = userId;
    this.#generation += 1;
    this.#isLoaded = false;
    this.#items = [];
    this.#unread = 0;
    this.#next = undefined;
    this.#arrived = undefined;
    this.#changed();
  }

  #created({notification, unread}: ServerEvents['notification:created']): void {
    this.#arrived?.created.unshift(notification);
    if (this.#arrived) this.#arrived.unread = unread;
    if (!this.#isLoaded) return;
    this.#unread = unread;
    const isKnown = this.#items.some(({id}) => id === notification.id);
    if (!isKnown) this.#items = [notification, ...this.#items];
    this.#changed();
    if (!isKnown) this.#emit('notification', notification);
  }

  #read({ids, unread}: ServerEvents['notification:read']): void {
    for (const id of ids) this.#arrived?.readIds.add(id);
    if (this.#arrived) this.#arrived.unread = unread;
    if (!this.#isLoaded) return;
    this.#unread = unread;
    this.#items = withRead(this.#items, new Set(ids));
    this.#changed();
  }

  /** Asks for the unread count again until no event arrives before the answer. */
  async #recount(): Promise<void> {
    const generation = this.#generation;
    for (let asked = -1; asked !== this.#eventCount;) {
      asked = this.#eventCount;
      const {unread} = await this.#caller.call('notification:list', {limit: 1});
      if (generation !== this.#generation) return;
      if (asked === this.#eventCount) this.#unread = unread;
    }
    this.#changed();
  }

  /** Reads pages from the newest one, until a known notification appears or the limit of pages is reached. */
  async #refresh(maxPages: number): Promise<void> {
    const generation = (this.#generation += 1);
    const arrived: Arrived = {created: [], readIds: new Set()};
    this.#arrived = arrived;
    try {
      const known = new Set(this.#items.map(({id}) => id));
      const fetched = await this.#fetch(maxPages, known);
      if (generation !== this.#generation) return;
      this.#take(fetched, arrived, known);
    } finally {
      if (this.#arrived === arrived) this.#arrived = undefined;
    }
  }

  async #fetch(maxPages: number, known: ReadonlySet<string>): Promise<Page> {
    const first = await this.#caller.call('notification:list', {limit: pageSize});
    const {unread} = first;
    const notifications = [...first.notifications];
    let next = first.next;
    for (let count = 1; next !== undefined && count < maxPages; count += 1) {
      if (notifications.some(({id}) => known.has(id))) break;
      const page: Page = await this.#caller.call('notification:list', {after: next, limit: pageSize});
      notifications.push(...page.notifications);
      next = page.next;
    }
    return {notifications, unread, next};
  }

  /** Adds live events that came while the page was loading: each is newer than the page, or part of it. */
  #take({notifications, unread, next}: Page, arrived: Arrived, known: ReadonlySet<string>): void {
    const wasLoaded = this.#isLoaded;
    const fetchedIds = new Set(notifications.map(({id}) => id));
    const newest = arrived.created.filter(({id}) => !fetchedIds.has(id));
    this.#items = withRead([...newest, ...notifications], arrived.readIds);
    this.#unread = arrived.unread ?? unread;
    this.#next = next;
    this.#isLoaded = true;
    this.#changed();
    if (!wasLoaded) return;
    // Oldest first, the order in which they would have arrived. Notifications read elsewhere are not announced.
    const toldIds = new Set(arrived.created.map(({id}) => id));
    const missed = this.#items.filter(
      ({id, readAt}) => !known.has(id) && !toldIds.has(id) && readAt === undefined,
    );
    for (const notification of missed.toReversed()) this.#emit('notification', notification);
  }

  #changed(): void {
    this.#emit('notifications', this);
  }
}

function withRead(items: readonly Notification[], ids: ReadonlySet<string>): Notification[] {
  const readAt = new Date().toISOString();
  return items.map((item) => (ids.has(item.id) && item.readAt === undefined ? {...item, readAt} : item));
}
