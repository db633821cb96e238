/** The gateway's environment: one schema, read once, before anything connects. */
import {randomUUID} from 'node:crypto';
import {z} from 'zod';
import {commaList, flag, milliseconds, parseEnv, port} from '@madang/runtime/env';

const origin = z.url({protocol: /^https?$/}).transform((value) => new URL(value).origin);

export const schema = z.object({
  /** Address to listen on. 0.0.0.0 in a container. */
  HOST: z.string().default('127.0.0.1'),
  PORT: port(3000),
  /** Prometheus metrics, health. Never through the balancer. */
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port(9464),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must be a redis:// URL'),
  /** Begins every key and channel in Redis, so that installations can share one. */
  REDIS_PREFIX: z.string().default('madang:'),
  /** Signs cookies and session tokens; the first signs, the others still verify. */
  SESSION_SECRET: commaList().refine((secrets) => secrets.length > 0 && secrets.every(isStrong), {
    message: 'must have at least 32 characters; make one with: openssl rand -hex 32',
  }),
  /** Name of this node in answers, logs and metrics. */
  NODE_NAME: z.string().default(() => `gateway-${randomUUID().slice(0, 8)}`),
  /** Number of proxies in front whose X-Forwarded-* headers are believed. */
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
  /** The address people use. With https, cookies are Secure. */
  PUBLIC_URL: origin.optional(),
  /** Other origins whose pages may call, besides the node's own host. */
  ALLOWED_ORIGINS: commaList().pipe(z.array(origin)),
  /** `none` for front ends on another site; asks for https. */
  COOKIE_SAME_SITE: z.enum(['lax', 'none']).default('lax'),
  /** A session that is not used for so long is forgotten: 14 days. */
  SESSION_IDLE_SECONDS: z.coerce.number().int().min(1).default(1_209_600),
  /** And every session after so long: 90 days. */
  SESSION_MAX_SECONDS: z.coerce.number().int().min(1).default(7_776_000),
  /** Bring the schema up to date at start. Off where a job of its own does it. */
  MIGRATE: flag(true),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Handshakes per second that this node admits; others are told to come back. */
  HANDSHAKES_PER_SECOND: z.coerce.number().int().min(1).default(500),
  SEND_DEADLINE_MS: milliseconds(900),
  PULSE_MS: milliseconds(1_000),
  /** A pulse older than this stops operations and delivery. */
  PULSE_MAX_AGE_MS: milliseconds(2_000),
  GAP_WAIT_MS: milliseconds(100),
  REVOKED_CLOSE_MS: milliseconds(250),
  OCCUPANCY_BEAT_MS: milliseconds(2_000),
  OCCUPANCY_LEASE_MS: milliseconds(8_000),
  NODE_LEASE_MS: milliseconds(8_000),
  /** From the last connection of a user until its sign-off is announced. */
  GRACE_MS: milliseconds(5_000),
  DIGEST_MS: milliseconds(1_000),
  RECOUNT_MS: milliseconds(10_000),
  SLOW_READER_BYTES: z.coerce
    .number()
    .int()
    .default(1024 * 1024),
  SLOW_READER_SWEEP_MS: milliseconds(1_000),
  DRAIN_MS: milliseconds(20_000),
  /** For tests of recovery: the name of a point at which this process kills itself. */
  MADANG_CRASH_AT: z.string().optional(),
  /** For tests of recovery: the share of broadcasts to other nodes that is lost on purpose. */
  MADANG_DROP_BROADCASTS: z.coerce.number().min(0).max(1).default(0),
});

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  return parseEnv(schema, process.env);
}

function isStrong(secret: string): boolean {
  return secret.length >= 32;
}
