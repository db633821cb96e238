/** The command's environment: the gateways' variables, or else the cluster that `npm start` keeps on this machine. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {databaseUrl, environment, outboundAllow, parseEnv, webhookSecretSource} from '@madang/runtime/env';
import {
  checkPostgres,
  postgresOf,
  postgresVariables,
  type PostgresPlace,
} from '@madang/runtime/postgres-variables';
import {checkRedis, redisVariables} from '@madang/runtime/redis-variables';
import {z} from 'zod';

const localStores = fileURLToPath(new URL('../../../.madang/stores.json', import.meta.url));

const schema = z.object({
  MADANG_ENV: environment(),
  /** The address of a role with an operator's rights; the gateways' own if one role does everything. */
  ADMIN_DATABASE_URL: databaseUrl().optional(),
  ...postgresVariables,
  DATABASE_URL: databaseUrl().optional(),
  ...redisVariables,
  /** The gateways' own address. */
  REDIS_PREFIX: z.string().default('madang:'),
  OUTBOUND_ALLOW: outboundAllow(),
  WEBHOOK_SECRET: webhookSecretSource(),
});

const withAddress = checkPostgres(checkRedis(schema)).refine(
  ({ADMIN_DATABASE_URL, DATABASE_URL}) => ADMIN_DATABASE_URL ?? DATABASE_URL,
  {error: 'ADMIN_DATABASE_URL or DATABASE_URL is required'},
);

export type Config = Omit<z.output<typeof schema>, 'ADMIN_DATABASE_URL' | 'DATABASE_URL'> & {
  postgres: PostgresPlace;
};

export function readConfig(): Readonly<Config> {
  const {env} = process;
  // Both or neither, because otherwise the command would change half of one cluster and half of another.
  const isGiven = [
    'ADMIN_DATABASE_URL',
    'DATABASE_URL',
    'REDIS_URL',
    'REDIS_SENTINELS',
    'REDIS_CLUSTER_NODES',
  ].some((name) => env[name] || env[`${name}_FILE`]);
  const {
    ADMIN_DATABASE_URL: url,
    DATABASE_URL,
    ...rest
  } = parseEnv(withAddress, isGiven ? env : {...env, ...readLocalStores()});
  const {DATABASE_SCHEMA} = rest;
  const postgres = url ? {url, schema: DATABASE_SCHEMA} : postgresOf({...rest, DATABASE_URL: DATABASE_URL!});
  return {...rest, postgres};
}

function readLocalStores(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(localStores, 'utf8')) as Record<string, string>;
  } catch {
    // Nothing was started here, so the error asks for the variables.
    return {};
  }
}
