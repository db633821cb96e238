/** Keeps the sessions of open connections from becoming idle, and ends connections whose session's time is over. */
import type {Logger} from '@madang/runtime/log';
import type {Identify} from '../identify.ts';
import type {Connections} from '../delivery/connections.ts';
import type {ChatConnection} from './connection.ts';

const everyMs = 60_000;
/** A session is idle for days before it ends, so touching it this often is plenty. */
const touchEvery = 10;

export function keepSessions(
  connections: Connections<ChatConnection>,
  identify: Identify,
  closeMs: number,
  log: Logger,
) {
  let passes = 0;
  const timer = setInterval(() => {
    const now = Date.now();
    const all = [...connections.all()];
    for (const connection of all) {
      if (connection.identity.expiresAt <= now) connection.revoke('expired', closeMs);
    }
    passes += 1;
    if (passes % touchEvery !== 0) return;
    identify.touch(all.map(({caller}) => caller)).catch((error: unknown) => {
      log.debug({err: error}, 'sessions not touched; the next pass does it');
    });
  }, everyMs).unref();

  return {close: () => clearInterval(timer)};
}
