/**
 * Brings the schema up to date and ends: with 0 if it is up to date, else with 1, to be run again.
 *
 * With `--restored`, after a restore from a backup, it then tells the cluster that every log has begun again.
 */
import {tryPostgres} from '@madang/database/connections/try-postgres';
import {migrate} from '@madang/database/migrating/migrate';
import {createDatabase} from '@madang/database/connections/pool';
import {restored} from '@madang/database/migrating/restored';
import {asksToConnect, checkConnections} from '@madang/runtime/check-connections';
import {leaveOnSignal} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import {readConfig} from './config.ts';

leaveOnSignal();
const config = readConfig();
if (asksToConnect(process.argv)) {
  const urls = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'ADMIN_DATABASE_URL'] as const;
  await checkConnections(
    urls.flatMap((variable) => {
      const url = config[variable];
      return url === undefined ? [] : [{variable, connect: () => tryPostgres(url)}];
    }),
  );
}
const log = createLogger({name: 'migrate', level: config.LOG_LEVEL});

// Without a separate role for the schema, one role does everything, and there is none to set up.
const {DATABASE_URL, MIGRATION_DATABASE_URL, ADMIN_DATABASE_URL, AUDIT_RETENTION_DAYS: auditDays} = config;
const ownerUrl = MIGRATION_DATABASE_URL ?? DATABASE_URL;
const logins = MIGRATION_DATABASE_URL ? {appUrl: DATABASE_URL, adminUrl: ADMIN_DATABASE_URL} : {};

try {
  await migrate(ownerUrl, log, {...logins, auditDays});
  log.info('the schema is up to date');
  if (process.argv.includes('--restored')) await tellRestored();
} catch (error) {
  log.fatal({err: error}, 'the schema is not up to date');
  process.exitCode = 1;
}

async function tellRestored(): Promise<void> {
  const db = createDatabase({url: ownerUrl, log, applicationName: 'madang migrate'});
  try {
    const {incarnation} = await restored(db);
    log.info({incarnation}, 'every client will be told that its logs are not continued');
  } finally {
    await db.close();
  }
}
