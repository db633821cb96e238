import type {CallName} from './calls.ts';
import {keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import type {OnResult, StoreSources} from './store-sources.ts';
import type {Frame, Member} from './wire.ts';

/** Who is in a room. */
export type MembersSnapshot = {
  /** At most 200; `room:members` lists more. */
  readonly members: readonly Member[];
  readonly isLoaded: boolean;
};

const noMembers: MembersSnapshot = Object.freeze({members: Object.freeze([]), isLoaded: false});

const maxMembers = 200;
/** Changes within this time cause one request. */
const settleMs = 300;
/**
 * Presence is updated once a second, so leaving and returning within a second goes unnoticed. The client asks again later.
 */
const againMs = 2_000;

/** Role and mute changes are in no log, so the client asks again after each change of its own. */
const changing: ReadonlySet<CallName> = new Set(['member:add', 'member:update', 'member:remove']);
const isOfMembers = ({entries}: Frame) => entries.some(({type}) => type === 'left' || type === 'room');

/** The members of each room. They are loaded while somebody listens, and again after each event that may change them. */
export class MemberStores {
  readonly #client: StoreSources;
  readonly #announcements: Announcements;
  readonly #each = new Map<string, MemberStore>();
  #userId: string | undefined;

  constructor(client: StoreSources, onResult: OnResult, announcements: Announcements) {
    this.#client = client;
    this.#announcements = announcements;
    client.on('session', (user) => {
      if (user !== undefined && user.id !== this.#userId)
        for (const store of this.#each.values()) store.drop();
      this.#userId = user?.id ?? this.#userId;
    });
    onResult((name, input) => {
      if (!changing.has(name)) return;
      this.#each.get((input as {roomId: string}).roomId)?.plan();
    });
  }

  one(roomId: string): Store<MembersSnapshot> {
    const known = this.#each.get(roomId);
    if (known !== undefined) return known.store;
    const store = new MemberStore(roomId, this.#client, this.#announcements);
    this.#each.set(roomId, store);
    return store.store;
  }
}

class MemberStore {
  readonly store: LiveStore<MembersSnapshot>;
  readonly #roomId: string;
  readonly #client: StoreSources;
  #members: readonly Member[] | undefined;
  /** Cancels the requests made for former listeners. */
  #watch: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(roomId: string, client: StoreSources, announcements: Announcements) {
    this.#roomId = roomId;
    this.#client = client;
    this.store = new LiveStore<MembersSnapshot>({
      announcements,
      empty: noMembers,
      read: (before) => {
        if (this.#members === undefined) return noMembers;
        const members = keepItems(before.members, this.#members, ({user}) => user.id);
        return keepFields(before, {members, isLoaded: true});
      },
      watch: () => this.#begin(),
    });
  }

  /** The user that these members were loaded for has changed. */
  drop(): void {
    this.#members = undefined;
    this.store.changed();
    this.plan();
  }

  /** Asks for the members soon, if somebody listens. */
  plan(): void {
    if (this.#watch !== undefined) this.#timer ??= setTimeout(() => this.#ask(), settleMs);
  }

  #planTwice(): void {
    this.plan();
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.plan(), againMs);
  }

  #begin(): () => void {
    const watch = (this.#watch = new AbortController());
    const isHere = ({roomId}: {roomId: string}) => roomId === this.#roomId;
    const offs = [
      this.#client.on('room:presence', (news) => isHere(news) && this.plan()),
      this.#client.on('frame', (frame) => isHere(frame) && isOfMembers(frame) && this.#planTwice()),
      this.#client.on('room:joined', ({room}) => room.id === this.#roomId && this.plan()),
      this.#client.on('status', (status) => status === 'online' && this.plan()),
    ];
    this.#ask();
    return () => {
      for (const off of offs) off();
      watch.abort();
      this.#watch = undefined;
      clearTimeout(this.#timer);
      clearTimeout(this.#again);
      this.#timer = undefined;
    };
  }

  #ask(): void {
    const watch = this.#watch;
    this.#timer = undefined;
    if (watch === undefined) return;
    const asker = this.#client.user?.id;
    this.#client.call('room:members', {roomId: this.#roomId, limit: maxMembers}).then(
      ({members}) => {
        if (watch.signal.aborted || this.#client.user?.id !== asker) return;
        this.#members = members;
        this.store.changed();
      },
      // The next event, or the next connection, asks again.
      () => undefined,
    );
  }
}
