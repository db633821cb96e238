/**
 * Closes connections whose clients have stopped reading. Unread data costs memory here, and a client that reconnects
 * resumes from the log, so closing loses nothing.
 *
 * A connection above the limit for a whole sweep is slow; above twice the limit it is closed at once. Between two
 * sweeps a burst could grow without bound, so each write checks as well: a connection's unread data stays below three
 * times the limit.
 */
import type {GatewayMetrics} from '../metrics.ts';
import type {ChatConnection} from './connection.ts';
import type {Connections} from '../delivery/connections.ts';

export type SlowReaderOptions = {bytes: number; sweepMs: number};

export type SlowReaders = {
  /** Checks a new connection each time a quarter of the limit has been written to it. */
  watch(connection: ChatConnection): void;
  close(): void;
};

const looksPerSweep = 5;
const looksPerLimit = 4;

export function watchSlowReaders(
  connections: Connections<ChatConnection>,
  metrics: GatewayMetrics,
  {bytes, sweepMs}: SlowReaderOptions,
): SlowReaders {
  /** When each connection went above the limit (monotonic, ms). */
  const slowSince = new WeakMap<object, number>();

  function look(connection: ChatConnection): void {
    if (connection.hasEnded) return;
    const now = performance.now();
    const {bufferedBytes} = connection;
    if (bufferedBytes <= bytes) {
      slowSince.delete(connection);
      return;
    }
    const since = slowSince.get(connection) ?? now;
    slowSince.set(connection, since);
    if (now - since < sweepMs && bufferedBytes <= 2 * bytes) return;
    metrics.evictions.inc({reason: 'too_slow'});
    metrics.evictedBytes.observe(bufferedBytes);
    connection.terminate('too_slow');
  }

  const timer = setInterval(() => {
    for (const connection of connections.all()) look(connection);
  }, sweepMs / looksPerSweep).unref();

  return {
    watch: (connection) => connection.onWritten(bytes / looksPerLimit, () => look(connection)),
    close: () => clearInterval(timer),
  };
}
