import {createHmac, timingSafeEqual} from 'node:crypto';
import type {WebhookDelivery} from './types.ts';

/** A delivery may be this much older or newer than the local clock. The limit makes a copied delivery useless soon. */
const toleranceMs = 5 * 60_000;

export type ReceivedWebhook = {
  /** `whsec_…`, as shown when the webhook was added or rotated. Give several secrets while one replaces another. */
  secret: string | readonly string[];
  /** Node's `req.headers`, or the Headers of a Request. The case of the names does not matter. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The body exactly as received. A body that was parsed and serialized again would not match its signature. */
  body: string | Uint8Array;
};

/** The delivery does not come from your webhook; the message says why. Answer it with 400. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

/**
 * Checks that a delivery was signed with a secret of the webhook within the last five minutes, and returns its events.
 * Throws WebhookError. An event may be delivered again with the same id, so store the ids of the events that you handled.
 */
export function verifyWebhook({secret, headers, body}: ReceivedWebhook): WebhookDelivery {
  const id = headerIn(headers, 'webhook-id');
  const seconds = headerIn(headers, 'webhook-timestamp');
  const signatures = headerIn(headers, 'webhook-signature').split(' ');
  if (!/^\d{1,12}$/.test(seconds) || Math.abs(Date.now() - Number(seconds) * 1_000) > toleranceMs) {
    throw new WebhookError('The delivery is too old, or the clock here is wrong.');
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${seconds}.`), Buffer.from(body as string)]);
  const expected = [secret].flat().map((each) => signatureOf(each, signed));
  if (!signatures.some((given) => expected.some((each) => isSame(given, each)))) {
    throw new WebhookError('The signature fits none of the secrets.');
  }
  return JSON.parse(Buffer.from(body as string).toString()) as WebhookDelivery;
}

function headerIn(headers: ReceivedWebhook['headers'], name: string): string {
  const value =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (typeof value !== 'string' || value === '') throw new WebhookError(`The header ${name} is missing.`);
  return value;
}

function signatureOf(secret: string, signed: Buffer): Buffer {
  if (!secret.startsWith('whsec_')) throw new TypeError('A webhook secret begins with whsec_.');
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
}

function isSame(given: string, expected: Buffer): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
