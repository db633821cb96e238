/**
 * Delivers the events of tenants to their webhooks. Every worker does, and leases each webhook. If a worker dies,
 * another one continues at the webhook's position once the lease has expired: nothing is skipped, and repeated events
 * keep their ids.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {leaseWebhooks} from '@madang/database/events/deliveries';
import type {Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import {Counter, type Registry} from '@madang/runtime/metrics';
import type {Outbound} from '@madang/runtime/outbound';
import {deliverWebhook, type DeliveryOptions} from './deliver-webhook.ts';
import {webhookTimes, type WebhookTimes} from './webhook-times.ts';

const atOnce = 50;
const everyMs = 200;

export type WebhooksOptions = {
  db: Database;
  outbound: Outbound;
  /** Nothing is delivered without it. */
  master: string | undefined;
  times?: WebhookTimes;
  registry: Registry;
  log: Logger;
};

export function startWebhooks({db, outbound, master, times = webhookTimes, registry, log}: WebhooksOptions) {
  const metrics = createWebhookMetrics(registry);
  const stopping = new AbortController();
  const {signal} = stopping;
  const running = new Set<Promise<void>>();

  async function lease(secret: string): Promise<void> {
    const holder = randomUUID();
    const limit = atOnce - running.size;
    const leased = limit > 0 ? await leaseWebhooks(db, {holder, limit, leaseMs: times.leaseMs}) : [];
    const options: DeliveryOptions = {
      ...times,
      db,
      outbound,
      master: secret,
      holder,
      isStopping: () => signal.aborted,
      onAttempt(outcome, events) {
        metrics.attempts.inc({outcome});
        if (outcome === 'ok') metrics.events.inc(events);
      },
    };
    for (const webhook of leased) {
      const delivery: Promise<void> = deliverWebhook(webhook, options)
        .catch((error: unknown) =>
          log.warn(
            {err: error, webhook: webhook.id},
            'webhook delivery broke off; waiting for its lease to end',
          ),
        )
        .finally(() => running.delete(delivery));
      running.add(delivery);
    }
  }

  async function loop(secret: string): Promise<void> {
    while (!signal.aborted) {
      await lease(secret).catch((error: unknown) => log.debug({err: error}, 'cannot lease webhooks'));
      await delay(everyMs, undefined, {signal}).catch(() => {});
    }
  }

  const ended = master === undefined ? Promise.resolve() : loop(master);
  return {
    /** Ends after the attempts under way, or with the process: their leases expire by themselves. */
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
      await Promise.race([Promise.allSettled(running), delay(5_000, undefined, {ref: false})]);
    },
  };
}

function createWebhookMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Counter({
      name: 'madang_webhook_attempts_total',
      help: 'Deliveries that were tried, by outcome; `disabled`: the receiver said that it is gone.',
      labelNames: ['outcome'],
      registers,
    }),
    events: new Counter({
      name: 'madang_webhook_events_total',
      help: 'Events that were delivered to webhooks.',
      registers,
    }),
  };
}
