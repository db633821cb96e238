/** Prepares a product as an operator does once: its own database on our Postgres, and a service key. */
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {addApiKey} from '@madang/database/access/api-keys';
import {findKeyHolder} from '@madang/database/access/key-holders';
import {hashOfSecret} from '@madang/database/access/secrets';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {keepLogin} from '@madang/database/migrating/logins';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {createLogger} from '@madang/runtime/log';

// A new database is a copy, which waits for a checkpoint.
const createMs = 30_000;
const timeouts = {statementTimeoutMs: createMs, lockTimeoutMs: createMs, deadlineMs: createMs};

/** `ownerUrl` is for a role that may create others. The key in `keyFile` is kept while it is valid. */
export async function prepareDesk(options: {
  ownerUrl: string;
  deskUrl: string;
  keyFile: string;
}): Promise<void> {
  const {ownerUrl, deskUrl, keyFile} = options;
  const log = createLogger({name: 'order-desk-setup', level: 'warn'});
  const applicationName = 'order-desk setup';
  const db = createDatabase({url: ownerUrl, log, applicationName, maxConnections: 1, ...timeouts});
  try {
    await keepLogin(db, deskUrl);
    await keepDatabase(db, deskUrl);
    await keepKey(db, keyFile);
  } finally {
    await db.close();
  }
}

async function keepDatabase(db: Database, deskUrl: string): Promise<void> {
  const {username, pathname} = new URL(deskUrl);
  const name = pathname.slice(1);
  const found = {name: '', text: 'select from pg_database where datname = $1'};
  if ((await db.query(found, [name])).length > 0) return;
  await db.query({name: '', text: `create database "${name}" owner "${username}"`});
}

async function keepKey(db: Database, keyFile: string): Promise<void> {
  const kept = existsSync(keyFile) ? readFileSync(keyFile, 'utf8').trim() : '';
  const holder = kept === '' ? undefined : await findKeyHolder(db, {keyHash: hashOfSecret(kept)});
  if (holder?.ended === null) return;
  const {id: tenantId} = await findTenantByHost(db, '');
  const {key} = await addApiKey(db, {tenantId, service: 'order-desk'});
  // Renamed into place, so that the file is complete or absent.
  writeFileSync(`${keyFile}.new`, `${key}\n`, {mode: 0o600});
  renameSync(`${keyFile}.new`, keyFile);
}
