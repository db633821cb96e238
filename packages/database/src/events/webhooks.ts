/** Webhooks of tenants, as their services and operators manage them. */
import type {Webhook} from '@madang/protocol/webhooks';
import {ChatError} from '@madang/protocol/errors';
import {call, type Database} from '../connections/pool.ts';
import {newId} from '../ids.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';

/** `rotation` identifies the secret that signs. */
export type KeptWebhook = {webhook: Webhook; rotation: number};
/** The webhook, and who acts; undefined for an operator. */
export type WebhookRef = {id: string; tenantId: string; actorId?: string | undefined};
export type WebhookPatch = {
  url?: string | undefined;
  types?: readonly string[] | null | undefined;
  enabled?: boolean | undefined;
  after?: number;
  rotate?: true;
};

const add = acting(
  {name: 'add_webhook', text: 'select add_webhook($1, $2, $3, $4, $5::text[]) as answer'},
  5,
);

/** Adds a webhook that starts with events from now on. `forbidden` if the tenant has too many. */
export function addWebhook(
  db: Database,
  given: {tenantId: string; actorId?: string; url: string; types?: readonly string[] | null | undefined},
  by?: Acting,
): Promise<KeptWebhook> {
  const id = newId();
  const values = [id, given.tenantId, given.actorId, given.url, given.types];
  return call(db, add, [...values, ...actingValues(by, {webhook: id, url: given.url})]);
}

const update = acting(
  {name: 'update_webhook', text: 'select update_webhook($1, $2, $3, $4, $5) as answer'},
  5,
);

/** Changes a webhook; its delivery restarts at its position. */
export function updateWebhook(
  db: Database,
  {id, tenantId, actorId}: WebhookRef,
  patch: WebhookPatch,
  action: 'webhook:update' | 'webhook:replay' | 'webhook:rotate',
  by?: Acting,
): Promise<KeptWebhook> {
  const values = [id, tenantId, actorId, action, JSON.stringify(patch)];
  return call(db, update, [...values, ...actingValues(by, {webhook: id, ...patch})]);
}

const remove = acting({name: 'remove_webhook', text: 'select remove_webhook($1, $2, $3) as answer'}, 3);

export function removeWebhook(
  db: Database,
  {id, tenantId, actorId}: WebhookRef,
  by?: Acting,
): Promise<KeptWebhook> {
  return call(db, remove, [id, tenantId, actorId, ...actingValues(by, {webhook: id})]);
}

const list = {
  name: 'list_webhooks',
  text: `
    select wire_webhook(w) as webhook, w.rotation from webhooks w
    where w.tenant_id = $1 and ($2::uuid is null or w.id = $2) order by w.id`,
};

export async function listWebhooks(db: Database, tenantId: string): Promise<Webhook[]> {
  const rows = await db.query<KeptWebhook>(list, [tenantId, undefined]);
  return rows.map(({webhook}) => webhook);
}

/** Throws `not_found` if the tenant has no such webhook. */
export async function getWebhook(db: Database, {id, tenantId}: WebhookRef): Promise<KeptWebhook> {
  const [row] = await db.query<KeptWebhook>(list, [tenantId, id]);
  if (!row) throw new ChatError('not_found');
  return row;
}
