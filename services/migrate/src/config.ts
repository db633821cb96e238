/** The environment of the migrations: one schema, read once, before anything connects. */
import {databaseUrl, environment, logLevel, parseEnv} from '@madang/runtime/env';
import {z} from 'zod';

export const schema = z.object({
  MADANG_ENV: environment(),
  DATABASE_URL: databaseUrl(),
  LOG_LEVEL: logLevel(),
});

export function readConfig(): Readonly<z.output<typeof schema>> {
  return parseEnv(schema, process.env, process.argv);
}
