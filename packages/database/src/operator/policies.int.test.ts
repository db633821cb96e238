import {presetNames, presetPolicy} from '@madang/protocol/policy-presets';
import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {putUser} from '../users/external-users.ts';
import {patchPolicy, setPolicy} from './policies.ts';
import {findTenant, insertTenant, updateTenant} from './tenants.ts';

const world = await createWorld();
const {db, adminDb, query} = world;
let made = 0;

async function tenantOf(preset: (typeof presetNames)[number]) {
  const name = `shop-${(made += 1)}`;
  const {id} = await insertTenant(adminDb, {name, hosts: [], policy: presetPolicy(preset, name)});
  return (await findTenant(db, id))!;
}

const serviceOf = async (tenantId: string) =>
  (
    await query<{id: string}>(`select id from users where tenant_id = $1 and kind = 'service'`, [tenantId])
  )[0]!.id;
const titlesOf = async (tenantId: string) => {
  const text = 'select title from rooms where tenant_id = $1 and is_default order by title';
  return (await query<{title: string}>(text, [tenantId])).map(({title}) => title);
};

test('the tenants that were there have the rules of community, and so has a tenant of no preset', async () => {
  const community = presetPolicy('community');
  expect((await findTenant(db, world.tenantId))!).toMatchObject({policy: community, policyVersion: 1});

  const [row] = await query<{policy: object}>(
    `insert into tenants (id, name) values (gen_random_uuid(), 'bare') returning policy`,
  );
  expect(row!.policy).toEqual(community);
});

test('a tenant of each preset reads the preset, and has its default rooms and compiled types', async () => {
  for (const preset of presetNames) {
    const tenant = await tenantOf(preset);

    expect(tenant.policy).toEqual(presetPolicy(preset, tenant.name));
    expect(tenant.policyVersion).toBe(1);
    expect(await titlesOf(tenant.id)).toEqual(tenant.policy.defaultRooms);
    expect(tenant.defaultRoomIds).toHaveLength(tenant.policy.defaultRooms.length);
    const text = 'select * from room_types where tenant_id = $1 and name = $2';
    const [room] = await query<object>(text, [tenant.id, 'room']);
    const isSupport = preset === 'support';
    expect(room).toMatchObject({
      visibility: isSupport ? 'private' : 'either',
      guests: preset === 'community' ? 'create' : 'none',
      oversight: isSupport,
      may_create: isSupport ? 4 : 0,
      may_send: 1,
      may_moderate: 2,
      may_manage: 3,
      may_history: isSupport ? 4 : 1,
    });
  }
});

test('a policy is replaced with its version, a line in the audit log and a signal, or not at all', async () => {
  const {id: tenantId, policy} = await tenantOf('team');
  const closed = {...policy, people: {...policy.people, directory: false}};
  const change = {tenantId, policy: closed, changes: ['people.directory']};

  expect(await setPolicy(adminDb, {...change, version: 1})).toEqual({version: 2});
  await expect(setPolicy(adminDb, {...change, version: 1})).rejects.toMatchObject({
    code: 'conflict',
    details: {version: 2},
  });

  expect(await findTenant(db, tenantId)).toMatchObject({policy: closed, policyVersion: 2});
  const lines = await query(
    `select details from audit_log where tenant_id = $1 and action = 'tenant:set-policy' order by id`,
    [tenantId],
  );
  expect(lines.at(-1)).toEqual({details: {version: 2, changes: ['people.directory']}});
  expect(
    await query(`select from signals where kind = 'tenant' and tenant_id = $1`, [tenantId]),
  ).toHaveLength(2);
  // The columns that gateways of the previous release read.
  const old = await query('select registration, guests, directory from tenants where id = $1', [tenantId]);
  expect(old).toEqual([{registration: false, guests: false, directory: false}]);
});

test('a setting with a command of its own is a change of the policy', async () => {
  const {id, name} = await tenantOf('community');

  await updateTenant(adminDb, {name, guests: false});

  const {policy, policyVersion} = (await findTenant(db, id))!;
  expect({...policy.signIn, policyVersion}).toEqual({
    register: true,
    guests: false,
    issuers: [],
    policyVersion: 2,
  });
});

test('a service replaces the policy of its tenant, but for what only operators change', async () => {
  const {id: tenantId, policy} = await tenantOf('support');
  const actorId = await serviceOf(tenantId);
  const change = (patch: object) =>
    patchPolicy(db, {tenantId, policy: {...policy, ...patch}, version: 1, changes: [], actorId});

  for (const patch of [{limits: {key: {}, tenant: {}}}, {quotas: {users: 1}}, {weight: 100}]) {
    await expect(change(patch)).rejects.toMatchObject({
      code: 'forbidden',
      details: {path: Object.keys(patch)[0]},
    });
  }
  const foreign = await serviceOf(world.tenantId);
  const asForeign = patchPolicy(db, {tenantId, policy, version: 1, changes: [], actorId: foreign});
  await expect(asForeign).rejects.toMatchObject({code: 'forbidden'});
  await expect(setPolicy(db, {tenantId, policy, version: 1, changes: []})).rejects.toThrow();
  expect(await change({defaultRooms: ['Lounge']})).toEqual({version: 2});
});

test('default rooms are made, kept and taken back by name, and new users are in them', async () => {
  const tenant = await tenantOf('team');
  const {id: tenantId, policy} = tenant;
  const change = (...defaultRooms: string[]) =>
    setPolicy(adminDb, {tenantId, policy: {...policy, defaultRooms}, changes: ['defaultRooms']});
  const idsOf = async () => (await findTenant(db, tenantId))!.defaultRoomIds.toSorted();
  const newcomer = async (externalId: string) => {
    const {user} = await putUser(db, {tenantId, externalId, name: 'Kim', defaultColor: '#112233'});
    const text = 'select room_id as id from memberships where user_id = $1 order by room_id';
    return (await query<{id: string}>(text, [user.id])).map(({id}) => id);
  };

  await change('general', 'News');
  const both = await idsOf();
  expect(await titlesOf(tenantId)).toEqual(['News', 'general']);
  expect(await newcomer('first')).toEqual(both);

  await change('News');
  expect(await titlesOf(tenantId)).toEqual(['News']);
  const [news] = await idsOf();
  expect(await newcomer('second')).toEqual([news]);

  await change();
  expect(await newcomer('third')).toEqual([]);

  await change('general', 'News');
  expect(await idsOf()).toEqual(both);
});

test('a type goes only when no room has it', async () => {
  const {id: tenantId, policy} = await tenantOf('support');
  const types = {...policy.types, case: policy.types.room};
  const set = (given: typeof policy.types) =>
    setPolicy(adminDb, {tenantId, policy: {...policy, types: given}, changes: []});
  await set(types);
  const serviceId = await serviceOf(tenantId);
  await query(
    `insert into rooms (id, tenant_id, title, visibility, owner_id, created_by, type)
     values (gen_random_uuid(), $1, 'Case', 'private', $2, $2, 'case')`,
    [tenantId, serviceId],
  );

  await expect(set(policy.types)).rejects.toMatchObject({
    code: 'invalid',
    details: {issues: [{path: 'types.case', message: 'rooms have this type'}]},
  });
  await query(`update rooms set blanked_at = now() where tenant_id = $1 and type = 'case'`, [tenantId]);
  await set(policy.types);
  expect(await query('select name from room_types where tenant_id = $1 order by name', [tenantId])).toEqual([
    {name: 'direct'},
    {name: 'room'},
  ]);
});
