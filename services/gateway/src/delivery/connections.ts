/** The connections of this node, by user and by session, for changes that concern all connections of either. */
import type {Listener} from './listener.ts';

export class Connections<Connection extends Listener = Listener> {
  readonly #all = new Set<Connection>();
  readonly #byUser = new Map<string, Set<Connection>>();

  get size(): number {
    return this.#all.size;
  }

  all(): Iterable<Connection> {
    return this.#all;
  }

  add(connection: Connection): {isFirstOfUser: boolean} {
    this.#all.add(connection);
    const ofUser = this.#byUser.get(connection.userId);
    if (ofUser) ofUser.add(connection);
    else this.#byUser.set(connection.userId, new Set([connection]));
    return {isFirstOfUser: !ofUser};
  }

  remove(connection: Connection): {wasLastOfUser: boolean} {
    this.#all.delete(connection);
    const ofUser = this.#byUser.get(connection.userId);
    ofUser?.delete(connection);
    const wasLastOfUser = ofUser?.size === 0;
    if (wasLastOfUser) this.#byUser.delete(connection.userId);
    return {wasLastOfUser};
  }

  ofUser(userId: string): Connection[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  /** The connections that signed in with JWTs of the tenant's issuers. */
  ofTokensOf(tenantId: string): Connection[] {
    return [...this.#all].filter(({identity}) => identity.token && identity.tenantId === tenantId);
  }

  ofSession(sessionHash: string): Connection[] {
    return [...this.#all].filter(({identity}) => identity.sessionHash === sessionHash);
  }

  /** The connections of sessions that the key's tickets began, and those that signed in with the key itself. */
  ofKey(keyId: string): [bySession: Connection[], byKey: Connection[]] {
    const all = [...this.#all];
    return [
      all.filter(({identity}) => identity.ticketKeyId === keyId),
      all.filter(({identity}) => identity.key?.id === keyId),
    ];
  }
}
