import {ChatError} from '@madang/protocol/errors';
import type {WebhooksNeeds} from './needs.ts';

const message =
  'This cluster signs no webhooks. Its operator has to set WEBHOOK_SECRET for gateways and workers.';

/** The master secret from which the secrets of webhooks are derived. */
export function webhookMaster({config: {WEBHOOK_SECRET}}: Pick<WebhooksNeeds, 'config'>): string {
  if (WEBHOOK_SECRET === undefined) throw new ChatError('forbidden', {message});
  return WEBHOOK_SECRET;
}
