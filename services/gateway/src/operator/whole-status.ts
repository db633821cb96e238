/** What the operators' page shows. A store that does not answer is missing, and so is what only it knows. */
import {readStatus} from '@madang/database/operator/status';
import type {Database} from '@madang/database/connections/pool';
import {readFigures} from '@madang/redis/figures';
import type {RedisClients} from '@madang/redis/clients';

export async function readWholeStatus({db, redis}: {db: Database; redis: RedisClients}): Promise<object> {
  const [fromPostgres, fromRedis] = await Promise.all([
    readStatus(db).catch(() => ({nodes: [], tenants: []})),
    readFigures(redis).catch(() => undefined),
  ]);
  return {at: new Date().toISOString(), ...fromPostgres, redis: fromRedis};
}
