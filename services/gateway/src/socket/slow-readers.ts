/**
 * Ends connections whose readers have stopped: a slow one resumes from the log, so ending it loses nothing, while what
 * it has not read costs memory here.
 */
import type {Connections} from './connections.ts';
import type {GatewayMetrics} from '../metrics.ts';

export type SlowReaderOptions = {bytes: number; sweepMs: number};

/** Looks often enough that a burst cannot cost much more than twice the limit between two looks. */
const looksPerSweep = 5;

export function watchSlowReaders(
  connections: Connections,
  metrics: GatewayMetrics,
  options: SlowReaderOptions,
) {
  /** Since when each connection has been above the limit (monotonic, ms). */
  const slowSince = new WeakMap<object, number>();

  const timer = setInterval(() => {
    const now = performance.now();
    for (const connection of connections.all()) {
      const {bufferedBytes} = connection;
      if (bufferedBytes <= options.bytes) {
        slowSince.delete(connection);
        continue;
      }
      const since = slowSince.get(connection) ?? now;
      slowSince.set(connection, since);
      if (now - since < options.sweepMs && bufferedBytes <= 2 * options.bytes) continue;
      metrics.evictions.inc({reason: 'too_slow'});
      connection.terminate('too_slow');
    }
  }, options.sweepMs / looksPerSweep).unref();

  return {close: () => clearInterval(timer)};
}
