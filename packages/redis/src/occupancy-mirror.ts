import {randomBytes} from 'node:crypto';
import type {Logger} from '@madang/runtime/log';
import type {RedisClients} from './clients.ts';
import {occupancyStems, refused} from './scripts.ts';

/** The users of one node, by place. */
export type UsersByPlace = Map<string, Set<string>>;

export type OccupancyMirrorOptions = {
  clients: RedisClients;
  nodeId: string;
  log: Logger;
  beatMs: number;
  leaseMs: number;
};

/** Users per script call. A call takes two to three milliseconds, during which Redis does nothing else. */
const usersPerCall = 500;

/**
 * Mirrors the users of one node into Redis under a leased name, its incarnation.
 *
 * The mirror may be wrong after an expired lease, a write without an answer, a new connection, or an emptied Redis. The
 * node then takes a new name, writes all its users under it and drops the old name. So nothing has to be compared or
 * repaired, and a command that arrives late acts on a name that no longer counts.
 */
export class OccupancyMirror {
  readonly #options: OccupancyMirrorOptions;
  /** The users in memory, which are the truth. The owner of the mirror changes them. */
  readonly #here: UsersByPlace;
  readonly #changed: UsersByPlace = new Map();
  readonly #outdated = new Set<string>();
  readonly #lostListeners = new Set<() => void>();
  /** Absent while nothing in Redis can be relied on. All of `here` is then written. */
  #incarnation: string | undefined;
  #asserting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #hasAsserted = false;
  #isFlushPlanned = false;
  #nodes = 1;
  #stopFollowing: () => void = () => {};

  constructor(options: OccupancyMirrorOptions, here: UsersByPlace) {
    this.#options = options;
    this.#here = here;
  }

  get nodeCount(): number {
    return this.#nodes;
  }

  get isReachable(): boolean {
    return this.#options.clients.commands.status === 'ready';
  }

  start(): void {
    this.#isRunning = true;
    this.#stopFollowing = this.#options.clients.onRenewed(this.#writeAnew);
    void this.#beatOnTime();
  }

  async stop(keepMs: number): Promise<void> {
    const {clients, log} = this.#options;
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#stopFollowing();
    await this.#asserting;
    this.flush();
    const name = this.#incarnation;
    this.#incarnation = undefined;
    if (name !== undefined && keepMs === 0) this.#outdated.add(name);
    try {
      // A last beat; the reaper drops the users once this lease has expired.
      if (name !== undefined && keepMs > 0) {
        await clients.commands.occupancyBeat(clients.keys.occupancy.leases, name, keepMs);
      }
      await this.#dropOutdated();
    } catch (error) {
      log.debug({err: error}, 'occupancy is left to the reaper');
    }
  }

  /** A user has entered or left a place. The write reads from `here` which of the two happened. */
  note(place: string, userId: string): void {
    if (this.#incarnation === undefined) return;
    addUser(this.#changed, place, userId);
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    // One call for everything in this turn of the event loop, such as a complete session:start.
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.flush();
    });
  }

  /** Sends the changes. Commands on one connection keep their order, so the next question sees the changes. */
  flush(): void {
    const name = this.#incarnation;
    if (name === undefined || this.#changed.size === 0) return;
    const all = pairsOf(this.#changed);
    this.#changed.clear();
    for (const some of inCalls(all)) {
      this.#write(name, some).catch((error: unknown) => this.#options.log.debug({err: error}, 'occupancy'));
    }
  }

  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** Writes where these users are now. If not everything is written, it rejects and gives up the incarnation. */
  async #write(name: string, pairs: Pair[]): Promise<void> {
    const {commands, keys} = this.#options.clients;
    try {
      const changes = changesOf(pairs, this.#here);
      const answer = await commands.occupancyWrite(
        keys.occupancy.leases,
        name,
        ...occupancyStems(keys),
        ...changes,
      );
      if (answer === refused) throw new Error('the occupancy lease is gone');
    } catch (error) {
      this.#lose(name);
      throw error;
    }
  }

  #lose(name: string): void {
    if (this.#incarnation !== name) return;
    this.#outdated.add(name);
    this.#incarnation = undefined;
    this.#changed.clear();
    void this.#assertAll();
  }

  /** Writes everything under a new name. Only one such write runs at a time, and each beat retries it until it succeeds. */
  #assertAll(): Promise<void> {
    this.#asserting ??= this.#tryAssert()
      .catch((error: unknown) => this.#options.log.debug({err: error}, 'occupancy could not be written'))
      .finally(() => (this.#asserting = undefined));
    return this.#asserting;
  }

  async #tryAssert(): Promise<void> {
    const {clients, nodeId, log, leaseMs} = this.#options;
    // Not in this turn of the event loop: `#lose` may run inside a command's callback, before the connection knows that it
    // is lost.
    await new Promise(setImmediate);
    if (!this.#isRunning || !this.isReachable || this.#incarnation !== undefined) return;
    const name = `${nodeId}~${randomBytes(6).toString('base64url')}`;
    this.#nodes = await clients.commands.occupancyBegin(clients.keys.occupancy.leases, name, leaseMs);
    // From here on changes are sent as they happen. The calls below write the earlier users, as they are at the time of
    // each call.
    this.#incarnation = name;
    const all = pairsOf(this.#here);
    for (const some of inCalls(all)) await this.#write(name, some);
    // The old name is dropped only now, so that its users count without a break.
    await this.#dropOutdated();
    if (this.#hasAsserted) {
      log.warn({users: all.length}, 'occupancy written again');
      for (const listener of this.#lostListeners) listener();
    }
    this.#hasAsserted = true;
  }

  /** The reaper would also do this, once the lease has expired. */
  async #dropOutdated(): Promise<void> {
    const {clients} = this.#options;
    for (const name of this.#outdated) {
      await clients.commands.occupancyRetire(clients.keys.occupancy.leases, name);
      await dropIncarnation(clients, name);
      this.#outdated.delete(name);
    }
  }

  async #beat(): Promise<void> {
    const {clients, log, leaseMs} = this.#options;
    if (!this.isReachable) return;
    const name = this.#incarnation;
    if (name === undefined) return this.#assertAll();
    try {
      const answer = await clients.commands.occupancyBeat(clients.keys.occupancy.leases, name, leaseMs);
      if (answer === refused) this.#lose(name);
      else this.#nodes = Math.max(1, answer);
    } catch (error) {
      // The lease outlasts a few lost beats. If it has expired, a later beat or write finds out.
      log.debug({err: error}, 'occupancy beat failed');
    }
  }

  /** Redis may have lost what was written last, even if it was acknowledged: a replica took over, or a file was read. */
  readonly #writeAnew = (): void => {
    if (this.#incarnation === undefined) void this.#beat();
    else this.#lose(this.#incarnation);
  };

  async #beatOnTime(): Promise<void> {
    await this.#beat();
    if (this.#isRunning) this.#timer = setTimeout(() => void this.#beatOnTime(), this.#options.beatMs);
  }
}

/** Drops everything under a name, in bounded calls. Returns false if its lease is renewed in the meantime. */
export async function dropIncarnation({commands, keys}: RedisClients, name: string): Promise<boolean> {
  for (;;) {
    const left = await commands.occupancyReap(
      keys.occupancy.leases,
      name,
      ...occupancyStems(keys),
      usersPerCall,
    );
    if (left === refused) return false;
    if (left === 0) return true;
  }
}

export function addUser(users: UsersByPlace, place: string, userId: string): void {
  const at = users.get(place);
  if (at) at.add(userId);
  else users.set(place, new Set([userId]));
}

type Pair = [place: string, userId: string];

function pairsOf(users: UsersByPlace): Pair[] {
  return [...users].flatMap(([place, ids]) => Array.from(ids, (id): Pair => [place, id]));
}

function* inCalls(pairs: Pair[]): Generator<Pair[]> {
  for (let at = 0; at < pairs.length; at += usersPerCall) yield pairs.slice(at, at + usersPerCall);
}

/** Returns the arguments of occupancy-write.lua: per place its arrivals and departures, as they are in memory now. */
function changesOf(pairs: Pair[], here: UsersByPlace): (string | number)[] {
  const byPlace = new Map<string, {arrived: string[]; departed: string[]}>();
  for (const [place, userId] of pairs) {
    const at = byPlace.get(place) ?? {arrived: [], departed: []};
    byPlace.set(place, at);
    (here.get(place)?.has(userId) ? at.arrived : at.departed).push(userId);
  }
  return [...byPlace].flatMap(([place, {arrived, departed}]) => [
    place,
    arrived.length,
    departed.length,
    ...arrived,
    ...departed,
  ]);
}
