/** Events of a tenant: the changes of its rooms, users and policy that its services read, in one order. */
import type {ReadEventsResult} from '@madang/protocol/tenant-events';
import type {Database} from '../connections/pool.ts';

/** The size of events that are ready to be sent at once. */
export const eventsBytes = 256 * 1024;

export type EventsPage = {
  tenantId: string;
  /** Where the last page ended; without it, the oldest event that is kept. */
  after?: number | undefined;
  types?: readonly string[] | undefined;
  limit: number;
  maxBytes?: number;
};

const readStatement = {
  name: 'read_events',
  text: 'select read_events($1, $2, $3::text[], $4, $5) as events',
};

/** Reads the events after a position, with the current state; undefined if the tenant's policy keeps no events. */
export async function readEvents(db: Database, page: EventsPage): Promise<ReadEventsResult | undefined> {
  const {tenantId, after, types, limit, maxBytes = eventsBytes} = page;
  const values = [tenantId, after, types, limit, maxBytes];
  const [row] = await db.query<{events: ReadEventsResult | null}>(readStatement, values);
  return row!.events ?? undefined;
}

const positionsStatement = {
  name: 'read_event_positions',
  text: 'select tenant_id as "tenantId", position from event_positions where tenant_id = any ($1::uuid[])',
};

/** The positions of the tenants' last events. */
export async function readEventPositions(
  db: Database,
  tenantIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.query<{tenantId: string; position: number}>(positionsStatement, [tenantIds]);
  return new Map(rows.map(({tenantId, position}) => [tenantId, position]));
}

const pruneStatement = {name: 'prune_events', text: 'select prune_events($1) as pruned'};

/** Deletes events that are older than the policies keep them. */
export async function pruneEvents(db: Database, {limit}: {limit: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneStatement, [limit]);
  return row!.pruned;
}
