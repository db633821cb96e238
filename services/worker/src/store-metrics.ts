/** Metrics of the stores, which have no Prometheus endpoint: how close they are to their limits. */
import {readMovesLag} from '@madang/database/jobs/moves-lag';
import {readWebhookFigures} from '@madang/database/events/deliveries';
import {readFigures as readPostgres} from '@madang/database/operator/figures';
import type {Database} from '@madang/database/connections/pool';
import type {RedisClients} from '@madang/redis/clients';
import {readFigures as readRedis} from '@madang/redis/figures';
import {Gauge, type Registry} from '@madang/runtime/metrics';

/** The gauges of one scrape share one answer. */
const sharedMs = 1_000;

/**
 * Queries the stores at every scrape. A store that does not answer has no value, so that no old value looks current.
 */
export function createStoreMetrics(registry: Registry, db: Database, redis: RedisClients): void {
  const gauge = (name: string, help: string, read: () => Promise<number>) =>
    new Gauge({
      name: `madang_${name}`,
      help,
      registers: [registry],
      async collect() {
        await read().then(
          (value) => this.set(value),
          () => this.remove(),
        );
      },
    });
  const postgres = share(() => readPostgres(db));
  const lag = share(() => readMovesLag(db));
  const webhooks = share(() => readWebhookFigures(db));
  const memory = share(() => readRedis(redis));

  gauge(
    'postgres_connections',
    'Connections to Postgres, of everyone.',
    async () => (await postgres()).connections,
  );
  gauge(
    'postgres_connections_max',
    'Connections that Postgres accepts.',
    async () => (await postgres()).maxConnections,
  );
  gauge(
    'postgres_database_bytes',
    'Size of the database on disk.',
    async () => (await postgres()).databaseBytes,
  );
  gauge(
    'moves_unread_seconds',
    'Age of the oldest move that waits for a job; 0 while none waits.',
    async () => (await lag()).unreadSeconds,
  );
  gauge(
    'projector_lag_seconds',
    'Age of the oldest change of a room that is not projected: its inbox items are missing. 0 while none is.',
    async () => (await lag()).unprojectedSeconds,
  );
  gauge(
    'moves_unnumbered',
    'Transactions whose moves wait to be numbered for jobs, up to 10,000.',
    async () => (await lag()).unnumbered,
  );
  gauge(
    'numbering_lag_seconds',
    'How long ago all that happened had its place in the order of events; -1 where no tenant has events.',
    async () => (await postgres()).numberingLag,
  );
  gauge(
    'webhook_lag_seconds',
    'Age of the oldest event that a webhook which is not disabled has not delivered.',
    async () => (await webhooks()).lagSeconds,
  );
  gauge('webhooks_disabled', 'Webhooks that are disabled.', async () => (await webhooks()).disabled);
  gauge('redis_memory_bytes', 'Memory that Redis uses.', async () => (await memory()).memoryBytes);
  gauge(
    'redis_memory_max_bytes',
    'Memory above which Redis refuses to write; 0 for none.',
    async () => (await memory()).maxMemoryBytes,
  );
}

function share<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let last: {at: number; value: Promise<Value>} | undefined;
  return () => {
    if (!last || performance.now() - last.at > sharedMs) last = {at: performance.now(), value: read()};
    return last.value;
  };
}
