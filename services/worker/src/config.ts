/** The worker's environment: one schema, read once, before anything connects. */
import {milliseconds, parseEnv, port} from '@madang/runtime/env';
import {z} from 'zod';

export const schema = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must be a redis:// URL'),
  /** The gateways' own. */
  REDIS_PREFIX: z.string().default('madang:'),
  /** Prometheus metrics, health. */
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port(9465),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How often dead nodes, departed members and empty rooms are looked for; also the wait after a failure. */
  SWEEP_MS: milliseconds(1_000),
  /** The gateways' own: the lease a node renews in Postgres with every pulse. */
  NODE_LEASE_MS: milliseconds(8_000),
  /** The gateways' own: how long a member of an ephemeral room may be without a connection. */
  GRACE_MS: milliseconds(5_000),
  /** How long an ephemeral room stays open without members. */
  EMPTY_ROOM_MS: milliseconds(2_000),
  /** How long Redis has to be up before dead nodes are dropped: living ones need a moment to write themselves anew. */
  REDIS_SETTLE_MS: milliseconds(4_000),
});

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  return parseEnv(schema, process.env);
}
