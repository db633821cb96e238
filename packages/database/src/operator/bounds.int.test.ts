// Limits of a tenant, counted while several calls add to it at once.
import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {addApiKey} from '../access/api-keys.ts';
import {addWebhook} from '../events/webhooks.ts';

const world = await createWorld();
const {db, adminDb, tenantId, query} = world;

async function outcomes(attempts: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(attempts);
  return settled.map((each) =>
    each.status === 'fulfilled' ? 'added' : (each.reason as {code: string}).code,
  );
}

test('webhooks that are added at once stay within the bound', async () => {
  const url = 'https://shop.example/madang';
  for (let no = 0; no < 17; no += 1) await addWebhook(db, {tenantId, url});

  const found = await outcomes(Array.from({length: 8}, () => addWebhook(db, {tenantId, url})));

  expect(found.filter((outcome) => outcome === 'added')).toHaveLength(3);
  expect(found.filter((outcome) => outcome === 'forbidden')).toHaveLength(5);
});

async function fillKeys(upTo: number): Promise<void> {
  await query(
    `insert into api_keys (id, tenant_id, user_id, hash, hint)
     select gen_random_uuid(), k.tenant_id, k.user_id, gen_random_uuid()::text, k.hint
     from (select * from api_keys where tenant_id = $1 limit 1) k,
       generate_series(1, $2 - (select count(*) from api_keys where tenant_id = $1)) no`,
    [tenantId, upTo],
  );
}

test('keys that are added at once stay within the bound, and so do those that replace others', async () => {
  const add = (replaces?: string) =>
    addApiKey(adminDb, {tenantId, service: 'shop', ...(replaces && {replaces, overlapSeconds: 60})});
  const {id} = await add();
  await fillKeys(997);

  const found = await outcomes(Array.from({length: 8}, () => add()));
  expect(found.filter((outcome) => outcome === 'added')).toHaveLength(3);
  await expect(add(id)).resolves.toBeDefined();
  await fillKeys(1_999);
  const replacing = await outcomes([add(id), add(id), add(id)]);
  expect(replacing.toSorted()).toEqual(['added', 'forbidden', 'forbidden']);
});
