/**
 * Keeps the sessions of open connections from becoming idle, and ends connections whose session or token has expired.
 * It does so within a second, since tokens live for minutes.
 */
import type {Logger} from '@madang/runtime/log';
import type {Identify} from '../identity/identify.ts';
import type {Connections} from '../delivery/connections.ts';
import type {ChatConnection} from './connection.ts';

const everyMs = 1_000;
/** A session may be idle for days before it ends, so touching it this often is enough. */
const touchEvery = 600;

export function keepSessions(connections: Connections<ChatConnection>, identify: Identify, log: Logger) {
  let passes = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    for (const connection of connections.all()) {
      if (connection.identity.expiresAt <= now) connection.end('expired');
    }
    passes += 1;
    if (passes % touchEvery !== 0) return;
    const sessions = [...connections.all()].filter(({identity}) => !identity.token);
    identify.touch(sessions.map(({caller}) => caller)).catch((error: unknown) => {
      log.debug({err: error}, 'cannot touch sessions; the next pass retries');
    });
  }, everyMs).unref();

  return {close: () => clearInterval(timer)};
}
