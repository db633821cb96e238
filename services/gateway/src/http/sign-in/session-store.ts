/** Sessions in Redis under the hash of their id: a reader of Redis cannot take over a session. */
import type {Reserve} from '@madang/redis/reserve';
import {RedisStore} from 'connect-redis';
import type {SessionData} from 'express-session';
import {hashOf} from '../../identity/session-ids.ts';

/** What the store keeps. Only express-session reads `cookie` back, and a session by token has none. */
type SessionRecord = Pick<SessionData, 'createdAt' | 'isUnseen'> & {passport?: {user: string}};
type Done = Parameters<RedisStore['get']>[1];

export class SessionStore extends RedisStore {
  readonly #reserve: Reserve;

  constructor(reserve: Reserve, options: ConstructorParameters<typeof RedisStore>[0]) {
    super(options);
    this.#reserve = reserve;
  }

  override get(id: string, done?: Done) {
    return super.get(hashOf(id), done);
  }

  /** The memory reserve is for accounts; a guest's session is the first to be refused. */
  override async set(id: string, session: SessionRecord, done?: Done) {
    const hash = hashOf(id);
    const write = () => super.set(hash, session as SessionData);
    try {
      await (session.isUnseen ? write() : this.#reserve.write(this.prefix + hash, write));
    } catch (error) {
      if (!done) throw error;
      return done(error);
    }
    return done?.(null);
  }

  override destroy(id: string, done?: Done) {
    return super.destroy(hashOf(id), done);
  }

  override touch(id: string, session: SessionData, done?: Done) {
    return super.touch(hashOf(id), session, done);
  }
}
