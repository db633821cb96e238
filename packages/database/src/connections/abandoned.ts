import {setTimeout as sleep} from 'node:timers/promises';
import type {Backend, Connection, Statement} from './connection.ts';

/**
 * Waits for backends whose connection was given up during a call.
 *
 * Such a backend may hang in its commit as long as a standby is missing; nothing on the client's side ends that.
 * Replacing it at once would exhaust max_connections within seconds, so its place stays taken until the backend has
 * ended.
 */
export type AbandonedBackends = {
  /** Settles once pg_stat_activity shows that the backend has ended. */
  gone(backend: Backend): Promise<void>;
  readonly count: number;
  close(): void;
};

const pollMs = 200;
/**
 * No caller waits for this. Where Postgres is short of processor time, a connection takes longer to open than a call may
 * take: with the patience of a call, places would stay taken though their backends had long ended.
 */
export const watchMs = 5_000;

const stillThere: Statement = {
  name: 'abandoned_backends',
  text: `
    select pid, backend_start::text as "startedAt", null as tag from pg_stat_activity where pid = any ($1::int[])
    union all
    select null, null, substring(query from 4 for 19) from pg_stat_activity
    where state <> 'idle' and query like '/* madang:%' and cardinality($2::text[]) > 0`,
};

/** `open` must open a separate connection: every other one may be hanging. */
export function watchAbandonedBackends(open: () => Promise<Connection>): AbandonedBackends {
  const waiting = new Map<string, {backend: Backend; missed: number; resolve: () => void}>();
  let isWatching = false;
  let isClosed = false;

  async function watch(): Promise<void> {
    let connection: Connection | undefined;
    while (waiting.size > 0 && !isClosed) {
      try {
        connection ??= await open();
        await settleGone(connection);
      } catch {
        // Postgres is away: retries on a new connection.
        connection?.destroy();
        connection = undefined;
      }
      if (waiting.size > 0) await sleep(pollMs);
    }
    isWatching = false;
    connection?.destroy();
  }

  async function settleGone(connection: Connection): Promise<void> {
    const asked = [...waiting];
    const pids = asked.flatMap(([, {backend}]) => ('pid' in backend ? [backend.pid] : []));
    const tags = asked.flatMap(([, {backend}]) => ('tag' in backend ? [backend.tag] : []));
    const found = await connection.query<Found>(stillThere, [pids, tags], watchMs);
    const alive = new Set(found.map(({pid, startedAt, tag}) => tag ?? `${pid} ${startedAt}`));
    for (const [key, wait] of asked) {
      wait.missed = alive.has(key) ? 0 : wait.missed + 1;
      // A pooler may hand a statement to a backend a moment after its client has gone.
      if (wait.missed < ('tag' in wait.backend ? 2 : 1)) continue;
      waiting.delete(key);
      wait.resolve();
    }
  }

  return {
    gone(backend) {
      return new Promise((resolve) => {
        waiting.set(identity(backend), {backend, missed: 0, resolve});
        if (isWatching) return;
        isWatching = true;
        void watch();
      });
    },
    get count() {
      return waiting.size;
    },
    close() {
      isClosed = true;
      for (const {resolve} of waiting.values()) resolve();
      waiting.clear();
    },
  };
}

type Found = {pid: number | null; startedAt: string | null; tag: string | null};

function identity(backend: Backend): string {
  return 'tag' in backend ? backend.tag : `${backend.pid} ${backend.startedAt}`;
}
