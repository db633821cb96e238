/** The worker's environment: one schema, read once, before any connection is opened. */
import {
  environment,
  logLevel,
  milliseconds,
  outboundAllow,
  parseEnv,
  port,
  webhookSecretSource,
} from '@madang/runtime/env';
import {checkPostgres, poolerVariables, postgresVariables} from '@madang/runtime/postgres-variables';
import {checkRedis, redisVariables} from '@madang/runtime/redis-variables';
import {z} from 'zod';
import {readWebhookTimes} from './webhooks/webhook-times.ts';

export const schema = z
  .object({
    MADANG_ENV: environment(),
    ...postgresVariables,
    ...poolerVariables,
    ...redisVariables,
    REDIS_PREFIX: z.string().default('madang:').describe("The gateways' own."),
    METRICS_HOST: z.string().default('127.0.0.1').describe('Address of `/metrics`, `/livez` and `/readyz`.'),
    METRICS_PORT: port(9465).describe('Port of `/metrics`, `/livez` and `/readyz`.'),
    LOG_LEVEL: logLevel(),
    OUTBOUND_ALLOW: outboundAllow(),
    WEBHOOK_SECRET: webhookSecretSource(),
    SWEEP_MS: milliseconds(1_000).describe(
      'How often dead nodes, departed members and empty rooms are looked for; also the wait after a failure.',
    ),
    NODE_LEASE_MS: milliseconds(8_000).describe("The gateways' own."),
    GRACE_MS: milliseconds(5_000).describe(
      "The gateways' own: how long a member of an ephemeral room may be without a connection.",
    ),
    EMPTY_ROOM_MS: milliseconds(2_000).describe('How long an ephemeral room stays open without members.'),
    REDIS_SETTLE_MS: milliseconds(4_000).describe(
      'How long Redis has to be up before dead nodes are dropped or members count as absent: living nodes need a moment to write themselves again.',
    ),
    MADANG_WEBHOOK_TIMES: z
      .string()
      .transform((given, {issues}) => {
        try {
          return readWebhookTimes(given);
        } catch (error) {
          issues.push({code: 'custom', message: (error as Error).message, input: given});
          return z.NEVER;
        }
      })
      .optional()
      .meta({
        forTests: true,
        description: 'Replaces the times of deliveries to webhooks: `leaseMs=4000,firstRetryMs=100`.',
      }),
  })
  .refine(
    ({MADANG_ENV, MADANG_WEBHOOK_TIMES}) => MADANG_ENV === 'development' || !MADANG_WEBHOOK_TIMES,
    'MADANG_WEBHOOK_TIMES: for tests alone, with MADANG_ENV=development',
  )
  .apply(checkPostgres)
  .apply(checkRedis);

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  return parseEnv(schema, process.env, process.argv);
}
