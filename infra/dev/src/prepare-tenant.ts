import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase} from '@madang/database/connections/pool';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {scopes} from '@madang/protocol/keys';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const eventDays = 7;

/** Gives the single tenant its rules, with events. Returns a key that may do everything. */
export async function prepareTenant(databaseUrl: string, preset: PresetName): Promise<string> {
  const deadlineMs = 20_000;
  const db = createDatabase({url: databaseUrl, log: silent, applicationName: 'madang dev', deadlineMs});
  try {
    const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
    await setPolicy(db, {tenantId, policy: {...presetPolicy(preset), eventDays}, changes: []});
    return (await addApiKey(db, {tenantId, service: 'dev', scopes})).key;
  } finally {
    await db.close();
  }
}
