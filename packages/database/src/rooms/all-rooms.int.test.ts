import {expect, test} from 'vitest';
import {createWorld} from '../../test/fixtures.ts';
import {allRoomsStatement, listAllRooms, type RoomFilter} from './rooms.ts';

const {db, tenantId, query, account} = await createWorld();

type Plan = {'Rows Removed by Filter'?: number; 'Actual Rows': number; Plans?: Plan[]};

test('each filter of a service finds few rooms among many without reading the others', async () => {
  const {id: userId} = await account();
  // Most are open, of one type and not archived. An older tenth is closed, archived and of another type.
  await query(
    `insert into rooms (
      id, tenant_id, title, visibility, owner_id, created_by, created_at, archived_at, closed_at, type, keys_stale)
    select gen_random_uuid(), $1, 'r', 'private', $2, $2, now() - no * interval '1 minute',
      case when no > 9900 then now() end, case when no > 9900 then now() end, case when no > 9900 then 'rare' end, false
    from generate_series(1, 10000) as no`,
    [tenantId, userId],
  );
  await query('analyze rooms');
  const filters: RoomFilter[] = [
    {archived: true},
    {closed: true},
    {type: 'rare'},
    {closed: true, type: 'rare'},
  ];
  for (const filter of filters) {
    const {statement, values} = allRoomsStatement(filter);
    const [row] = await query<{'QUERY PLAN': [{Plan: Plan}]}>(
      `explain (analyze, format json) ${statement.text}`,
      [tenantId, 50, null, null, ...values],
    );
    expect([filter, rowsRead(row!['QUERY PLAN'][0].Plan) < 1_000]).toEqual([filter, true]);
    const {rooms} = await listAllRooms(db, {tenantId, filter, limit: 200});
    expect([filter, rooms.length]).toEqual([filter, 100]);
  }
});

function rowsRead(plan: Plan): number {
  const below = (plan.Plans ?? []).map(rowsRead);
  return Math.max(plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0), ...below);
}
