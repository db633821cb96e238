/** The connections of this node, by user and by session, for whatever concerns all of either. */
import type {ChatConnection} from '../socket/connection.ts';

export class Connections {
  readonly #all = new Set<ChatConnection>();
  readonly #byUser = new Map<string, Set<ChatConnection>>();

  get size(): number {
    return this.#all.size;
  }

  all(): Iterable<ChatConnection> {
    return this.#all;
  }

  add(connection: ChatConnection): {isFirstOfUser: boolean} {
    this.#all.add(connection);
    const ofUser = this.#byUser.get(connection.userId);
    if (ofUser) ofUser.add(connection);
    else this.#byUser.set(connection.userId, new Set([connection]));
    return {isFirstOfUser: !ofUser};
  }

  remove(connection: ChatConnection): {wasLastOfUser: boolean} {
    this.#all.delete(connection);
    const ofUser = this.#byUser.get(connection.userId);
    ofUser?.delete(connection);
    const wasLastOfUser = ofUser?.size === 0;
    if (wasLastOfUser) this.#byUser.delete(connection.userId);
    return {wasLastOfUser};
  }

  ofUser(userId: string): ChatConnection[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  ofSession(sessionHash: string): ChatConnection[] {
    return [...this.#all].filter(({identity}) => identity.sessionHash === sessionHash);
  }
}
