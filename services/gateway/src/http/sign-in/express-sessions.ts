/**
 * express-session and its store. It runs only for sign-ins with a cookie, and writes only the session of that request.
 */
import {randomUUID} from 'node:crypto';
import type {RedisClients} from '@madang/redis/clients';
import type {Reserve} from '@madang/redis/reserve';
import type {Request, Response} from 'express';
import session from 'express-session';
import type {Config} from '../../config.ts';
import {sessionCookie} from '../../identity/session-cookie.ts';
import {SessionStore} from './session-store.ts';

declare module 'express-session' {
  interface SessionData {
    createdAt: number;
    /** Set for a guest who has not opened a socket yet. */
    isUnseen?: boolean;
  }
}
declare global {
  namespace Express {
    interface Request {
      /** The id for the session that this request begins. */
      nextSessionId?: string;
    }
  }
}

export type SessionRedis = Pick<RedisClients, 'sessions' | 'keys'>;
export type ExpressSessions = ReturnType<typeof createExpressSessions>;

export function createExpressSessions(config: Config, redis: SessionRedis, reserve: Reserve) {
  const {name, flags, maxAgeMs} = sessionCookie(config);
  const store = new SessionStore(reserve, {
    client: redis.sessions,
    prefix: redis.keys.sessions,
    ttl: ({isUnseen}) => (isUnseen ? config.UNSEEN_GUEST_SECONDS : config.SESSION_IDLE_SECONDS),
  });
  const expressSession = session({
    name,
    secret: config.SESSION_SECRET,
    cookie: {...flags, maxAge: maxAgeMs},
    // The request's session before its sign-in is never saved, so its id does not matter.
    genid: (req) => req.nextSessionId ?? randomUUID(),
    store,
    resave: false,
    saveUninitialized: false,
  });

  return {
    store,
    /** Gives the request an express-session session, which passport then replaces with the user's. */
    begin(req: Request, res: Response): Promise<void> {
      // If PUBLIC_URL is https, so is the request, even if the last proxy does not say so; else no cookie would be set.
      if (flags.secure) Object.defineProperty(req, 'secure', {value: true});
      return new Promise((resolve, reject) => {
        expressSession(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
      });
    },
  };
}
