/** Delivers the pending events of a leased webhook, one POST after the other, in order. */
import {
  beginDelivery,
  endDelivery,
  releaseWebhook,
  type LeasedWebhook,
} from '@madang/database/events/deliveries';
import {readEvents} from '@madang/database/events/events';
import type {Database} from '@madang/database/connections/pool';
import type {Outbound} from '@madang/runtime/outbound';
import {postWebhook, type WebhookAnswer} from '@madang/runtime/webhook';

export type DeliveryOptions = {
  db: Database;
  outbound: Outbound;
  master: string;
  holder: string;
  timeoutMs: number;
  leaseMs: number;
  firstRetryMs: number;
  longestRetryMs: number;
  disableMs: number;
  onAttempt: (outcome: WebhookAnswer['outcome'] | 'disabled', events: number) => void;
  isStopping: () => boolean;
};

const mostEvents = 100;

type Page = {to: number; events: object[]; reset?: true | undefined; more?: true | undefined};

/** Ends once everything was delivered, a delivery failed, or another worker has the lease. */
export async function deliverWebhook(webhook: LeasedWebhook, options: DeliveryOptions): Promise<void> {
  const {db, holder, leaseMs, isStopping} = options;
  const {id} = webhook;
  let current: LeasedWebhook | undefined = webhook;
  while (current && !isStopping()) {
    const page = await readPage(db, current);
    if (!page || !(await beginDelivery(db, {id, holder, to: page.to, leaseMs}))) break;
    const next = await deliver(current, page, options);
    current = next && page.more ? next : undefined;
  }
  await releaseWebhook(db, {id, holder});
}

/** The next page; after a failed attempt, the same range again. */
async function readPage(db: Database, webhook: LeasedWebhook): Promise<Page | undefined> {
  const {tenantId, position: after, types, batch: limit, attemptedTo} = webhook;
  const read = await readEvents(db, {tenantId, after, types: types ?? undefined, limit});
  if (!read) return undefined;
  const to = attemptedTo !== null && attemptedTo > after && attemptedTo < read.next ? attemptedTo : read.next;
  const events = read.events.filter(({position}) => position <= to);
  return {to, events, reset: read.reset, more: to < read.next ? true : read.more};
}

/** The webhook after the attempt; undefined if delivery stops here. */
async function deliver(
  webhook: LeasedWebhook,
  {to, events, reset}: Page,
  options: DeliveryOptions,
): Promise<LeasedWebhook | undefined> {
  const {db, outbound, master, holder, timeoutMs, disableMs, onAttempt} = options;
  const {id, position, rotatedAt} = webhook;
  const isEmpty = events.length === 0 && !reset;
  const body = JSON.stringify({type: 'events', timestamp: new Date().toISOString(), data: {events, reset}});
  const message = {master, id: `msg_${id}_${position}_${to}`, body, timeoutMs};
  const answer: WebhookAnswer = isEmpty
    ? {outcome: 'ok'}
    : await postWebhook(outbound, {...webhook, rotatedAt: rotatedAt ?? undefined}, message);
  const {outcome, error, retryAfterMs} = answer;
  if (!isEmpty) onAttempt(outcome === 'gone' ? 'disabled' : outcome, events.length);
  const isDone = outcome === 'ok';
  const batch = batchAfter(webhook.batch, events.length, outcome);
  const isHeld = await endDelivery(db, {
    id,
    holder,
    to: isDone ? to : undefined,
    batch,
    error,
    retryMs: isDone
      ? 0
      : Math.min(retryAfterMs ?? backOff(webhook.attempts, options), options.longestRetryMs),
    isGone: outcome === 'gone',
    disableMs,
  });
  return isDone && isHeld ? {...webhook, position: to, attemptedTo: null, batch, attempts: 0} : undefined;
}

/** A receiver that is too slow for a batch may be fast enough for half of it. */
function batchAfter(batch: number, events: number, outcome: WebhookAnswer['outcome']): number {
  if (outcome === 'ok') return Math.min(batch * 2, mostEvents);
  return outcome === 'timed_out' ? Math.max(1, Math.floor(Math.min(batch, events) / 2)) : batch;
}

/** Doubles the wait and spreads it, so that webhooks of one receiver do not retry in step. */
function backOff(
  attempts: number,
  {firstRetryMs, longestRetryMs}: Pick<DeliveryOptions, 'firstRetryMs' | 'longestRetryMs'>,
): number {
  const ms = Math.min(firstRetryMs * 2 ** Math.min(attempts, 20), longestRetryMs);
  return ms * (0.75 + Math.random() / 4);
}
