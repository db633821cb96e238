/**
 * How a node acts on signals. A signal says "look again", never "do": the state it names is read from Postgres, so a
 * late, forged or repeated doorbell changes nothing.
 */
import type {Database} from '@madang/database/connections/pool';
import {raiseEpoch} from '@madang/database/rooms/rooms';
import type {RoomPosition, Signal} from '@madang/database/delivery/pulse';
import {checkSessions, type SessionUser} from '@madang/database/access/sessions';
import type {DisconnectReason} from '@madang/protocol/disconnects';
import type {Logger} from '@madang/runtime/log';
import type {Identity} from '../identity/identify.ts';
import type {Connections} from './connections.ts';
import type {Feeds} from './feeds.ts';
import type {Inboxes} from './inboxes.ts';
import type {Tenants} from '../tenants.ts';
import type {Listener} from './listener.ts';
import type {Tokens} from '../jwt/tokens.ts';

const checkedAtOnce = 500;
/** Rooms given to a connection at once when it may have missed a join on another device. */
const missedRooms = 50;
const retryMissedMs = 1_000;
/** A handshake takes less time than this; it reads whatever was signalled before it began. */
const rememberMs = 30_000;

export type SignalsDeps = {
  db: Database;
  connections: Connections;
  feeds: Pick<Feeds, 'restand'>;
  inboxes: Pick<Inboxes, 'wake' | 'wakeAll'>;
  tenants: Pick<Tenants, 'get' | 'forget' | 'forgetAll'>;
  tokens: Pick<Tokens, 'isStillTaken'>;
  revokedCloseMs: number;
  log: Logger;
};

type Concerned = Pick<Identity, 'user' | 'tenantId' | 'sessionHash' | 'ticketKeyId' | 'key'>;

export class Signals {
  readonly #deps: SignalsDeps;
  /** When users, sessions and tenants were last signalled, for handshakes under way. */
  readonly #signalled = new Map<string, number>();
  #lostTrackAt = -Infinity;
  #timesLost = 0;

  constructor(deps: SignalsDeps) {
    this.#deps = deps;
  }

  /** Rejects if what the signals name could not be read; then pass them again. */
  async apply(signals: Signal[]): Promise<void> {
    if (signals.length === 0) return;
    const {connections} = this.#deps;
    const now = performance.now();
    const revoked: Listener[] = [];
    const signedOut: Listener[] = [];
    const underPolicy: Listener[] = [];
    const ruled = new Set<string>();
    for (const {kind, userId, userIds, sessionHash, keyId, roomId, tenantId} of signals) {
      if (kind === 'user' && userId) revoked.push(...this.#remember(userId, now, connections.ofUser(userId)));
      if (kind === 'session' && sessionHash) {
        signedOut.push(...this.#remember(sessionHash, now, connections.ofSession(sessionHash)));
      }
      if (kind === 'tenant' && tenantId) {
        this.#deps.tenants.forget(tenantId);
        ruled.add(tenantId);
        underPolicy.push(...this.#remember(tenantId, now, connections.ofTokensOf(tenantId)));
      }
      if (kind === 'session' && keyId) {
        const [bySession, byKey] = connections.ofKey(keyId);
        revoked.push(...this.#remember(keyId, now, bySession));
        signedOut.push(...byKey);
      }
      if (kind === 'notified' && userIds) this.#deps.inboxes.wake(userIds);
      if (kind === 'joined' && userId && roomId) this.#subscribeDevices(userId, roomId);
      if (kind === 'user' && userId && roomId) {
        for (const connection of connections.ofUser(userId))
          void connection.subscriptions.showMembership(roomId);
      }
    }
    await this.recheck(signedOut, 'signed_out');
    await this.recheck(revoked, 'revoked');
    await this.#recheckTokens(underPolicy);
    if (ruled.size > 0) await this.#restand(({identity}) => ruled.has(identity.tenantId));
  }

  /** Reads again from which message on members are shown a room, and what people may do in and outside of rooms. */
  async #restand(isConcerned: (listener: Listener) => boolean): Promise<void> {
    const concerned = [...this.#deps.connections.all()].filter(isConcerned);
    await this.#deps.feeds.restand(new Set(concerned.map(({userId}) => userId)));
    for (const [tenantId, ofTenant] of Map.groupBy(concerned, ({identity}) => identity.tenantId)) {
      const tenant = await this.#deps.tenants.get(tenantId);
      for (const listener of ofTenant) listener.applyPolicy(tenant);
    }
  }

  /** Re-reads everyone's rights, after a time in which signals may have been missed. */
  async applyAll(): Promise<void> {
    this.#lostTrackAt = performance.now();
    this.#deps.tenants.forgetAll();
    const all = [...this.#deps.connections.all()];
    for (let first = 0; first < all.length; first += checkedAtOnce) {
      await this.recheck(all.slice(first, first + checkedAtOnce), 'revoked');
    }
    await this.#restand(() => true);
    this.#deps.inboxes.wakeAll();
    void this.#subscribeMissed(all);
  }

  /** Whether a signal named this user, tenant, session or key since the handshake began (monotonic, ms). */
  concernedSince(startedAt: number, {user, tenantId, sessionHash, ticketKeyId, key}: Concerned): boolean {
    const names = [user.id, tenantId, sessionHash, ticketKeyId, key?.id].filter((name) => name !== undefined);
    const at = Math.max(...names.map((name) => this.#signalled.get(name) ?? -Infinity));
    return at >= startedAt || this.#lostTrackAt >= startedAt;
  }

  /** Ends the connections whose session is no longer valid, and updates the user of the others. */
  async recheck(connections: Listener[], reason: DisconnectReason): Promise<void> {
    if (connections.length === 0) return;
    await this.#recheckTokens(connections);
    const checks = connections.map(({userId, identity}) => ({
      userId,
      sessionHash: identity.sessionHash,
      epoch: identity.epoch,
      ticketKeyId: identity.ticketKeyId,
      keyId: identity.key?.id,
    }));
    const found = await checkSessions(this.#deps.db, checks);
    for (const [index, connection] of connections.entries()) {
      const session = found[index];
      if (session) connection.identity = {...connection.identity, ...newsOf(session)};
      else connection.revoke(reason, this.#deps.revokedCloseMs);
    }
  }

  /** Ends the connections whose token the current policy no longer accepts. */
  async #recheckTokens(connections: Listener[]): Promise<void> {
    for (const connection of connections) {
      const {tenantId, token} = connection.identity;
      if (!token || (await this.#deps.tokens.isStillTaken({tenantId, token}))) continue;
      connection.revoke('revoked', this.#deps.revokedCloseMs);
    }
  }

  /** A room's log ends below what this node has shown: raises its epoch, unless the loss is refuted by now. */
  async loseEnd({roomId, epoch, head}: RoomPosition): Promise<void> {
    const raised = await raiseEpoch(this.#deps.db, {roomId, epoch, position: head});
    if (raised) this.#deps.log.warn({roomId, head}, 'log lost its end; epoch raised');
  }

  #remember(key: string, now: number, concerned: Listener[]): Listener[] {
    // Deleted first, so that the map's oldest entries come first.
    this.#signalled.delete(key);
    this.#signalled.set(key, now);
    for (const [oldest, at] of this.#signalled) {
      if (now - at <= rememberMs) break;
      this.#signalled.delete(oldest);
    }
    return concerned;
  }

  /** The user joined a room: the user's other devices hear it, too. */
  #subscribeDevices(userId: string, roomId: string): void {
    // The connection that asked to join subscribes by itself, in the step after its doorbell.
    setImmediate(() => {
      for (const connection of this.#deps.connections.ofUser(userId))
        void connection.subscriptions.subscribeUnasked(roomId);
    });
  }

  async #subscribeMissed(connections: Listener[]): Promise<void> {
    this.#timesLost += 1;
    const time = this.#timesLost;
    const later: Listener[] = [];
    for (const connection of connections) {
      // Signals were missed again: the later pass looks at everybody.
      if (time !== this.#timesLost) return;
      const {hasEnded, subscriptions} = connection;
      if (hasEnded) continue;
      // The rooms that it is being given may have been read before a join.
      if (subscriptions.asksForRooms) later.push(connection);
      if (!subscriptions.hasAllRooms) continue;
      try {
        await subscriptions.subscribeMissed(missedRooms);
      } catch (error) {
        connection.log.debug({err: error}, 'cannot subscribe to rooms joined elsewhere');
        later.push(connection);
      }
    }
    if (later.length > 0) this.#retryMissed(later, time);
  }

  /** No signal repeats these rooms, and their clients do not ask. Runs one pass at a time to keep the load small. */
  #retryMissed(connections: Listener[], time: number): void {
    setTimeout(() => {
      if (time === this.#timesLost) void this.#subscribeMissed(connections);
    }, retryMissedMs).unref();
  }
}

/** What may have changed for a connection that stays open: its user, and when the key that it uses expires. */
function newsOf({user, keyExpiresAt}: SessionUser): Partial<Identity> {
  return keyExpiresAt ? {user, expiresAt: Date.parse(keyExpiresAt)} : {user};
}
