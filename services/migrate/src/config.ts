/** The environment of the migrations: one schema, which is read once, before anything connects. */
import {auditRetentionDays, databaseUrl, environment, logLevel, parseEnv} from '@madang/runtime/env';
import {checkPostgres, poolerVariables, postgresVariables} from '@madang/runtime/postgres-variables';
import {z} from 'zod';

export const schema = z
  .object({
    MADANG_ENV: environment(),
    ...postgresVariables,
    ...poolerVariables,
    MIGRATION_DATABASE_URL: databaseUrl()
      .optional()
      .describe(
        'The role that owns the schema. Without it that of `DATABASE_URL` does, and then no process has fewer rights than another.',
      ),
    ADMIN_DATABASE_URL: databaseUrl()
      .optional()
      .describe('The role of `npx madang`; that of `DATABASE_URL` unless given.'),
    AUDIT_RETENTION_DAYS: auditRetentionDays(),
    LOG_LEVEL: logLevel(),
  })
  .apply(checkPostgres);

export function readConfig(): Readonly<z.output<typeof schema>> {
  return parseEnv(schema, process.env, process.argv);
}
