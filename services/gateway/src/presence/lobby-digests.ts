/**
 * Changes of public rooms, for those of this node's connections that watch the lobby.
 *
 * Each node with a watcher asks Postgres once a second what has changed. So it does not matter whether a handler,
 * another node, the worker or an operator made the change, and no broadcast can be lost. The node remembers what it has
 * sent, so a room that is read twice is sent once. The number of people online is in Redis and changes independently of
 * the room: it is read every ten seconds, and with each other change.
 */
import {readLobbyChanges} from '@madang/database/rooms/lobby';
import type {Database} from '@madang/database/connections/pool';
import {listRooms} from '@madang/database/rooms/rooms';
import {limits} from '@madang/protocol/limits';
import type {Room} from '@madang/protocol/rooms';
import type {Occupancy} from '@madang/redis/occupancy';
import type {Logger} from '@madang/runtime/log';
import type {Config} from '../config.ts';
import type {Broadcast} from '../broadcast.ts';

export type LobbyDigests = {
  /** Sends changes from its return on, for as long as a connection of this node watches the tenant's lobby. */
  follow(tenantId: string): Promise<void>;
  /** Tells watchers to list again. For after a Redis outage, during which counts could not be read. */
  reset(): void;
  close(): void;
};

export type LobbyDigestsDeps = {
  db: Database;
  occupancy: Pick<Occupancy, 'online'>;
  broadcast: Pick<Broadcast, 'emitLocally'>;
  /** Whether a connection of this node watches the tenant's lobby. */
  hasWatchers(tenantId: string): boolean;
  config: Pick<Config, 'DIGEST_MS' | 'RECOUNT_MS'>;
  log: Logger;
};

/** The newest rooms, whose counts are kept current; for older ones only room changes are sent. */
const countedRooms = 1_000;
const rememberedRooms = 10_000;
/** Keeps an event well under 64 KiB. */
const roomsPerEvent = 100;

const closed = 'closed';

/** Makes the lobby digests of one node. It follows a tenant's lobby from `follow` until nobody watches it. */
export function createLobbyDigests(deps: LobbyDigestsDeps): LobbyDigests {
  const lobbies = new Map<string, Lobby>();

  function start(tenantId: string): Lobby {
    const lobby = new Lobby(tenantId, deps, () => lobbies.delete(tenantId));
    lobbies.set(tenantId, lobby);
    void lobby.go();
    return lobby;
  }

  return {
    async follow(tenantId) {
      const lobby = lobbies.get(tenantId) ?? start(tenantId);
      await lobby.begin();
    },

    reset() {
      for (const lobby of lobbies.values()) lobby.reset();
    },

    close() {
      for (const lobby of lobbies.values()) lobby.close();
      lobbies.clear();
    },
  };
}

/** One tenant's lobby, as this node has sent it. */
class Lobby {
  readonly #tenantId: string;
  readonly #deps: LobbyDigestsDeps;
  readonly #onDeserted: () => void;
  /** Room -> what its watchers were last sent. */
  readonly #told = new Map<string, string>();
  /** The same for rooms about which nothing was sent: as the last count found them, and watchers' lists show them. */
  #listed = new Map<string, string>();
  /** Undefined until the first reading: watchers' own lists contain everything before it. */
  #since: string | undefined;
  #beginning: Promise<void> | undefined;
  #countedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(tenantId: string, deps: LobbyDigestsDeps, onDeserted: () => void) {
    this.#tenantId = tenantId;
    this.#deps = deps;
    this.#onDeserted = onDeserted;
  }

  /** Records where changes begin; rejects while that cannot be read. */
  begin(): Promise<void> {
    if (this.#since !== undefined) return Promise.resolve();
    this.#beginning ??= this.#readBeginning().finally(() => (this.#beginning = undefined));
    return this.#beginning;
  }

  /** Watchers' lists already show what the first reading finds. */
  async #readBeginning(): Promise<void> {
    const {
      opened,
      changed,
      closed: gone,
      until,
    } = await readLobbyChanges(this.#deps.db, {tenantId: this.#tenantId});
    for (const room of await this.#count([...opened, ...changed])) this.#remember(room.id, fingerprint(room));
    for (const roomId of gone) this.#remember(roomId, closed);
    this.#since = until;
  }

  /** Looks once a second until nobody watches. */
  async go(): Promise<void> {
    const {config, log, hasWatchers} = this.#deps;
    if (!hasWatchers(this.#tenantId)) return this.#onDeserted();
    try {
      await this.begin();
      await this.#tellChanges();
      await this.#tellCounts();
    } catch (error) {
      // The next answer contains what changes meanwhile.
      log.debug({err: error}, 'cannot read the lobby');
    }
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.go(), config.DIGEST_MS).unref();
  }

  reset(): void {
    this.#told.clear();
    this.#listed.clear();
    this.#countedAt = -Infinity;
    this.#deps.broadcast.emitLocally({lobby: this.#tenantId}, 'lobby:reset', {});
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #tellChanges(): Promise<void> {
    const changes = await readLobbyChanges(this.#deps.db, {tenantId: this.#tenantId, since: this.#since});
    this.#since = changes.until;
    if (changes.isTooMuch) return this.reset();
    const isNews = (room: Room) => this.#told.get(room.id) !== fingerprint(room);
    const opened = (await this.#count(changes.opened)).filter(isNews);
    const changed = (await this.#count(changes.changed)).filter(isNews);
    const gone = changes.closed.filter((roomId) => this.#told.get(roomId) !== closed);
    const isNew = ({id}: Room) => (this.#told.get(id) ?? closed) === closed;
    this.#tell(
      opened.filter((room) => isNew(room)),
      [...opened.filter((room) => !isNew(room)), ...changed],
      gone,
    );
  }

  /** Sends counts that have changed since they were sent or, for other rooms, since they were last counted. */
  async #tellCounts(): Promise<void> {
    const {db, config} = this.#deps;
    const now = performance.now();
    if (now - this.#countedAt < config.RECOUNT_MS) return;
    this.#countedAt = now;
    const listed = new Map<string, string>();
    let after: string | undefined;
    let counted = 0;
    do {
      const page = await listRooms(db, {tenantId: this.#tenantId, after, limit: limits.pageItems});
      const rooms = await this.#count(page.rooms);
      for (const room of rooms) listed.set(room.id, fingerprint(room));
      const isNews = (room: Room) => {
        const known = this.#told.get(room.id) ?? this.#listed.get(room.id);
        return known !== undefined && known !== fingerprint(room);
      };
      this.#tell([], rooms.filter(isNews), []);
      counted += rooms.length;
      after = page.next;
    } while (after !== undefined && counted < countedRooms);
    this.#listed = listed;
  }

  async #count(rooms: Room[]): Promise<Room[]> {
    const online = await this.#deps.occupancy.online(rooms.map(({id}) => id));
    return rooms.map((room, index) => ({...room, online: online[index] ?? 0}));
  }

  #tell(opened: Room[], changed: Room[], gone: string[]): void {
    for (const room of [...opened, ...changed]) this.#remember(room.id, fingerprint(room));
    for (const roomId of gone) this.#remember(roomId, closed);
    const largest = Math.max(opened.length, changed.length, gone.length);
    for (let first = 0; first < largest; first += roomsPerEvent) {
      const part = <T>(all: T[]) => all.slice(first, first + roomsPerEvent);
      const news = {opened: part(opened), changed: part(changed), closed: part(gone)};
      this.#deps.broadcast.emitLocally({lobby: this.#tenantId}, 'lobby:changed', news);
    }
  }

  #remember(roomId: string, told: string): void {
    // Deleted first, so that the map's first entry is the one sent longest ago.
    this.#told.delete(roomId);
    this.#told.set(roomId, told);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= rememberedRooms) break;
      this.#told.delete(oldest);
    }
  }
}

/** Distinguishes two states of a room for a watcher. */
function fingerprint({rev, memberCount, online}: Room): string {
  return `${rev} ${memberCount} ${online}`;
}
