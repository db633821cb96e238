/** Makes one call of a webhook, signed as Standard Webhooks defines it: https://www.standardwebhooks.com. */
import {createHmac, randomUUID} from 'node:crypto';
import type {Outbound, OutboundError} from './outbound.ts';

export const webhookTimeoutMs = 15_000;
/** For this long after a rotation, the previous secret also signs. */
export const webhookOverlapMs = 24 * 3_600_000;

/** The secret is derived, so that nobody who reads the database can sign. */
export function webhookSecret(master: string, {id, rotation}: {id: string; rotation: number}): string {
  return `whsec_${createHmac('sha256', master).update(`webhook ${id} ${rotation}`).digest('base64')}`;
}

export type SigningWebhook = {id: string; url: string; rotation: number; rotatedAt?: string | undefined};

/** Returns the secrets that sign now: two for a day after a rotation. */
export function webhookSecrets(master: string, webhook: SigningWebhook, now = Date.now()): string[] {
  const {id, rotation, rotatedAt} = webhook;
  const isOverlapping = rotatedAt !== undefined && now - Date.parse(rotatedAt) < webhookOverlapMs;
  const rotations = isOverlapping ? [rotation, rotation - 1] : [rotation];
  return rotations.map((each) => webhookSecret(master, {id, rotation: each}));
}

export function signWebhook(
  secrets: readonly string[],
  message: {id: string; seconds: number; body: string},
): string {
  const {id, seconds, body} = message;
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
    })
    .join(' ');
}

export type WebhookAnswer = {
  outcome: 'ok' | 'failed' | 'timed_out' | 'gone';
  status?: number;
  /** The reason of the failure, for the person who chose the address. */
  error?: string;
  retryAfterMs?: number;
};

/** Posts once. Every failure is returned as an answer. */
export async function postWebhook(
  outbound: Outbound,
  webhook: SigningWebhook,
  {
    master,
    id,
    body,
    timeoutMs = webhookTimeoutMs,
  }: {master: string; id: string; body: string; timeoutMs?: number},
): Promise<WebhookAnswer> {
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'madang-webhook/1',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signWebhook(webhookSecrets(master, webhook), {id, seconds, body}),
  };
  try {
    const answer = await outbound.request(webhook.url, {method: 'POST', headers, body, timeoutMs});
    return outcomeOf(answer.status, answer.headers['retry-after']);
  } catch (error) {
    const {reason, message} = error as OutboundError;
    return {outcome: reason === 'time-out' ? 'timed_out' : 'failed', error: message};
  }
}

function outcomeOf(status: number, retryAfter: string | undefined): WebhookAnswer {
  if (status >= 200 && status < 300) return {outcome: 'ok', status};
  if (status === 410) return {outcome: 'gone', status, error: 'The answer was 410.'};
  const error =
    status >= 300 && status < 400
      ? `The answer was ${status}. Redirects are not followed.`
      : `The answer was ${status}.`;
  const retryAfterMs = readRetryAfter(retryAfter);
  return {outcome: 'failed', status, error, ...(retryAfterMs !== undefined && {retryAfterMs})};
}

function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Posts a delivery without events. */
export async function postTest(
  outbound: Outbound,
  webhook: SigningWebhook,
  master: string,
): Promise<{delivered: boolean; status?: number; error?: string}> {
  const body = JSON.stringify({type: 'events', timestamp: new Date().toISOString(), data: {events: []}});
  const {outcome, status, error} = await postWebhook(outbound, webhook, {
    master,
    id: `msg_${randomUUID()}`,
    body,
  });
  return {
    delivered: outcome === 'ok',
    ...(status !== undefined && {status}),
    ...(error !== undefined && {error}),
  };
}
