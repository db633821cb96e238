/** Webhooks: addresses that a tenant's events are posted to, signed as Standard Webhooks says. */
import {z} from 'zod';
import {id, list, object, text, wireTime} from './fields.ts';
import {eventType, eventTypes, position} from './tenant-events.ts';

export const webhook = z
  .object({
    id: z.uuid().describe('Id of the webhook.'),
    url: z.string().describe('Where events are posted to.'),
    types: z.array(eventType).describe('Only these are. Missing where all are.').optional(),
    status: z
      .enum(['active', 'failing', 'disabled'])
      .describe('`failing`: the last delivery failed, and is tried again. `disabled`: nothing is posted.'),
    position: position.describe('All up to there was delivered.'),
    lagSeconds: z.number().describe('Age of the oldest event that was not delivered; 0 where there is none.'),
    attempts: z.int().describe('How many attempts failed since the last delivery.'),
    lastError: z.string().describe('Why the last one failed.').optional(),
    createdAt: wireTime('When it was made.'),
    rotatedAt: wireTime('When its secret was rotated last.').optional(),
    disabledAt: wireTime('When it was disabled.').optional(),
  })
  .describe('A webhook, without its secret.');
export type Webhook = z.infer<typeof webhook>;

const webhookId = id.describe('Id of the webhook.');
const url = text(1, 2_000)
  .refine((value) => {
    const parsed = URL.parse(value);
    return parsed !== null && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password;
  }, 'must be an address such as https://shop.example/madang, without a user name')
  .describe('Where events are posted to: an https address that everybody can reach.');
const types = list(eventType, 1, eventTypes.length);
const secret = z
  .string()
  .describe(
    'What signs the deliveries, `whsec_…`, for a library of Standard Webhooks. It is shown this once.',
  );

export const listWebhooksResult = z.object({
  webhooks: z.array(webhook).describe('All of the tenant, the oldest first.'),
});
export const webhookIdInput = object({id: webhookId}).describe('Which webhook.');
export const webhookResult = z
  .object({webhook: webhook.describe('The webhook as stored now.')})
  .describe('One webhook.');
export const createWebhookInput = object({
  url,
  types: types.describe('Only these events. All unless given.').optional(),
});
export const createWebhookResult = z.object({webhook: webhook.describe('The new webhook.'), secret});
export const updateWebhookInput = object({
  id: webhookId,
  url: url.optional(),
  types: types.nullable().describe('Only these events; null: all.').optional(),
  enabled: z.boolean().describe('False disables it; true lets it go on at its position.').optional(),
});
export const testWebhookResult = z.object({
  delivered: z.boolean().describe('Whether the answer was 2xx.'),
  status: z.int().describe('Status of the answer.').optional(),
  error: z.string().describe('What went wrong.').optional(),
});
export const replayWebhookInput = object({
  id: webhookId,
  after: position.describe('Events after this position are delivered again.'),
});
export const rotateWebhookResult = z.object({secret});

export type WebhookIdInput = z.output<typeof webhookIdInput>;
export type WebhookResult = z.infer<typeof webhookResult>;
export type ListWebhooksResult = z.infer<typeof listWebhooksResult>;
export type CreateWebhookInput = z.output<typeof createWebhookInput>;
export type CreateWebhookResult = z.infer<typeof createWebhookResult>;
export type UpdateWebhookInput = z.output<typeof updateWebhookInput>;
export type TestWebhookResult = z.infer<typeof testWebhookResult>;
export type ReplayWebhookInput = z.output<typeof replayWebhookInput>;
export type RotateWebhookResult = z.infer<typeof rotateWebhookResult>;
