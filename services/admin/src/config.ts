/** The command's environment: the gateways' own, or else the cluster that `npm start` keeps on this machine. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {databaseUrl, environment, parseEnv, redisUrl} from '@madang/runtime/env';
import {z} from 'zod';

const localStores = fileURLToPath(new URL('../../../.madang/stores.json', import.meta.url));

const schema = z.object({
  MADANG_ENV: environment(),
  DATABASE_URL: databaseUrl(),
  REDIS_URL: redisUrl(),
  /** The gateways' own. */
  REDIS_PREFIX: z.string().default('madang:'),
});

export type Config = z.output<typeof schema>;

export function readConfig(): Readonly<Config> {
  const {env} = process;
  // Both or neither: half of one cluster and half of another would be changed.
  const isGiven = ['DATABASE_URL', 'REDIS_URL'].some((name) => env[name] || env[`${name}_FILE`]);
  return parseEnv(schema, isGiven ? env : {...env, ...readLocalStores()});
}

function readLocalStores(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(localStores, 'utf8')) as Record<string, string>;
  } catch {
    // Nothing was started here, so the variables are asked for.
    return {};
  }
}
