/** Sessions in Redis under the hash of their id: who can read Redis cannot take a session over. */
import {RedisStore} from 'connect-redis';
import type {SessionData} from 'express-session';
import {hashOf} from '../session-ids.ts';

type Done = Parameters<RedisStore['get']>[1];

export class SessionStore extends RedisStore {
  override get(id: string, done?: Done) {
    return super.get(hashOf(id), done);
  }

  override set(id: string, session: SessionData, done?: Done) {
    return super.set(hashOf(id), session, done);
  }

  override destroy(id: string, done?: Done) {
    return super.destroy(hashOf(id), done);
  }

  override touch(id: string, session: SessionData, done?: Done) {
    return super.touch(hashOf(id), session, done);
  }
}
