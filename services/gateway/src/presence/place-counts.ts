/** Reads how many people are online in each place, together with the settings of the place's tenant. */
import type {Tenant} from '@madang/database/operator/tenants';
import type {Occupancy} from '@madang/redis/occupancy';
import type {Tenants} from '../tenants.ts';
import type {PlaceState} from './place-state.ts';

export type PlaceCountsDeps = {occupancy: Pick<Occupancy, 'online'>; tenants: Pick<Tenants, 'get'>};

/** Places per query to Redis, which takes a fraction of a millisecond there. */
const placesAtOnce = 1_000;

export function createPlaceCounts({occupancy, tenants}: PlaceCountsDeps) {
  /** Leaves out tenants that cannot be read now. */
  async function readTenants(states: PlaceState[]): Promise<Map<string, Tenant>> {
    const ids = [...new Set(states.map(({place}) => place.tenantId))];
    const read = await Promise.allSettled(ids.map((id) => tenants.get(id)));
    const found = read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    return new Map(found.map((tenant) => [tenant.id, tenant]));
  }

  /** Calls `then` with each place's count. The tenant is undefined while it cannot be read. */
  return async function eachCount(
    states: PlaceState[],
    then: (state: PlaceState, online: number, tenant: Tenant | undefined) => void,
  ): Promise<void> {
    const known = await readTenants(states);
    for (let first = 0; first < states.length; first += placesAtOnce) {
      const some = states.slice(first, first + placesAtOnce);
      const counts = await occupancy.online(some.map(({key}) => key));
      for (const [index, state] of some.entries())
        then(state, counts[index] ?? 0, known.get(state.place.tenantId));
    }
  };
}
