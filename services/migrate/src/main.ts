/**
 * Brings the schema up to date and ends: with 0 if it is up to date, else with 1, to be run again.
 *
 * With `--restored`, after a restore from a backup, it then tells the cluster that every log has begun again.
 */
import {tryPostgres} from '@madang/database/connections/try-postgres';
import {migrate} from '@madang/database/migrating/migrate';
import {createDatabase} from '@madang/database/connections/pool';
import {restored} from '@madang/database/migrating/restored';
import {readPostgresAddress, withLogin} from '@madang/runtime/postgres-address';
import {postgresOf, withoutPooler, type PostgresPlace} from '@madang/runtime/postgres-variables';
import {asksToConnect, checkConnections} from '@madang/runtime/check-connections';
import {leaveOnSignal} from '@madang/runtime/lifecycle';
import {createLogger} from '@madang/runtime/log';
import {readConfig} from './config.ts';

leaveOnSignal();
const config = readConfig();
const gateways = postgresOf(config);
const {MIGRATION_DATABASE_URL: ownerUrl, ADMIN_DATABASE_URL: adminUrl} = config;
if (asksToConnect(process.argv)) {
  const others = {
    DATABASE_DIRECT_URL: gateways.directUrl && withoutPooler(gateways),
    MIGRATION_DATABASE_URL: ownerUrl,
    ADMIN_DATABASE_URL: adminUrl,
  };
  await checkConnections(
    Object.entries({DATABASE_URL: gateways, ...others}).flatMap(([variable, at]) =>
      at ? [{variable, connect: () => tryPostgres(at)}] : [],
    ),
  );
}
const log = createLogger({name: 'migrate', level: config.LOG_LEVEL});

// Without a separate role for the schema, one role does everything, and there is none to set up.
const {DATABASE_POOLER: pooler, AUDIT_RETENTION_DAYS: auditDays} = config;
const owner = ownerUrl ? {url: ownerUrl, schema: gateways.schema} : withoutPooler(gateways);
const logins = ownerUrl ? {appUrl: appUrlOf(gateways), adminUrl} : {};

try {
  await migrate(owner, log, {...logins, pooler, auditDays});
  log.info('the schema is up to date');
  if (process.argv.includes('--restored')) await tellRestored();
} catch (error) {
  log.fatal({err: error}, 'the schema is not up to date');
  process.exitCode = 1;
}

/** With the password that a variable or a file holds, so that the role gets it. */
function appUrlOf({url, password}: PostgresPlace): string {
  const {user, password: own} = readPostgresAddress(url);
  const given = password?.();
  return own || !given || !user ? url : withLogin(url, {user, password: given});
}

async function tellRestored(): Promise<void> {
  const db = createDatabase({...owner, log, applicationName: 'madang migrate'});
  try {
    const {incarnation} = await restored(db);
    log.info({incarnation}, 'every client will be told that its logs are not continued');
  } finally {
    await db.close();
  }
}
