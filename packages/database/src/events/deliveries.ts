/** Webhook deliveries by workers: only one worker at a time leases a webhook. */
import type {Database} from '../connections/pool.ts';

export type LeasedWebhook = {
  id: string;
  tenantId: string;
  url: string;
  types: string[] | null;
  position: number;
  rotation: number;
  rotatedAt: string | null;
  attemptedTo: number | null;
  batch: number;
  attempts: number;
};

const leaseStatement = {
  name: 'lease_webhooks',
  text: `
    select id, tenant_id as "tenantId", url, types, position, rotation, wire_time(rotated_at) as "rotatedAt",
      told_to as "attemptedTo", batch, attempts
    from lease_webhooks($1, $2, $3)`,
};

/** Leases webhooks that have events to deliver for `leaseMs`. */
export function leaseWebhooks(
  db: Database,
  {holder, limit, leaseMs}: {holder: string; limit: number; leaseMs: number},
): Promise<LeasedWebhook[]> {
  return db.query(leaseStatement, [holder, limit, leaseMs]);
}

const beginStatement = {
  name: 'begin_delivery',
  text: `
    update webhooks set told_to = $3, leased_until = clock_ms() + $4 * interval '1 millisecond'
    where id = $1 and holder = $2 returning true as "isHeld"`,
};

/** Records the range of a delivery and extends the lease; false if another worker has the lease by now. */
export async function beginDelivery(
  db: Database,
  {id, holder, to, leaseMs}: {id: string; holder: string; to: number; leaseMs: number},
): Promise<boolean> {
  return (await db.query(beginStatement, [id, holder, to, leaseMs])).length > 0;
}

export type DeliveryEnd = {
  id: string;
  holder: string;
  /** The new position; undefined if the delivery failed. */
  to?: number | undefined;
  batch: number;
  error?: string | undefined;
  retryMs: number;
  isGone: boolean;
  /** The webhook is disabled after failing for this long. */
  disableMs: number;
};

const endStatement = {
  name: 'end_delivery',
  text: 'select end_delivery($1, $2, $3, $4, $5, $6, $7, $8) as "isHeld"',
};

/** Moves the position, or plans the next attempt. False, without a change, if another worker has the lease by now. */
export async function endDelivery(db: Database, end: DeliveryEnd): Promise<boolean> {
  const {id, holder, to, batch, error, retryMs, isGone, disableMs} = end;
  const values = [id, holder, to, batch, error, retryMs, isGone, disableMs];
  const [row] = await db.query<{isHeld: boolean}>(endStatement, values);
  return row!.isHeld;
}

const releaseStatement = {
  name: 'release_webhooks',
  text: 'update webhooks set holder = null, leased_until = null where id = $1 and holder = $2',
};

export async function releaseWebhook(
  db: Database,
  {id, holder}: {id: string; holder: string},
): Promise<void> {
  await db.query(releaseStatement, [id, holder]);
}

const figuresStatement = {
  name: '',
  text: `
    select coalesce(max(case when w.disabled_at is null then (wire_webhook(w) ->> 'lagSeconds')::float8 end), 0) as "lagSeconds",
      count(*) filter (where w.disabled_at is not null)::int as disabled
    from webhooks w`,
};

/** The lag of the webhook that is furthest behind, and the number of disabled webhooks. */
export async function readWebhookFigures(db: Database): Promise<{lagSeconds: number; disabled: number}> {
  const [figures] = await db.query<{lagSeconds: number; disabled: number}>(figuresStatement);
  return figures!;
}
