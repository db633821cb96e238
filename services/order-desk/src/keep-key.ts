/**
 * Gives the desk its service key, for `npm start`: one that is in the file and still good stays. And where it has a
 * role of its own in the database, makes that.
 */
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {addApiKey, findKeyHolder} from '@madang/database/access/api-keys';
import {keepLogin} from '@madang/database/migrating/logins';
import {createDatabase} from '@madang/database/connections/pool';
import {hashOfSecret} from '@madang/database/access/secrets';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {createLogger} from '@madang/runtime/log';
import {readKeyConfig} from './config.ts';
import {giveSchemaTo} from './schema.ts';

const {DATABASE_URL, DESK_DATABASE_URL, KEY_FILE} = readKeyConfig();
const log = createLogger({name: 'order-desk-key', level: 'warn'});
const db = createDatabase({url: DATABASE_URL, log, applicationName: 'order-desk key', maxConnections: 1});

if (DESK_DATABASE_URL) {
  await keepLogin(db, DESK_DATABASE_URL);
  await giveSchemaTo(db, decodeURIComponent(new URL(DESK_DATABASE_URL).username));
}
const kept = existsSync(KEY_FILE) ? readFileSync(KEY_FILE, 'utf8').trim() : '';
const isGood = kept !== '' && (await findKeyHolder(db, {keyHash: hashOfSecret(kept)})) !== undefined;
if (!isGood) {
  const {id: tenantId} = await findTenantByHost(db, '');
  const {key} = await addApiKey(db, {tenantId, service: 'order-desk'});
  // Whole or not at all.
  writeFileSync(`${KEY_FILE}.new`, `${key}\n`, {mode: 0o600});
  renameSync(`${KEY_FILE}.new`, KEY_FILE);
}
await db.close();
