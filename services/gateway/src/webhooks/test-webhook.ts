import {getWebhook} from '@madang/database/events/webhooks';
import type {TestWebhookResult, WebhookIdInput} from '@madang/protocol/webhooks';
import {postTest} from '@madang/runtime/webhook';
import type {Handler, SignedInContext} from '../context.ts';
import type {WebhooksNeeds} from './needs.ts';
import {webhookMaster} from './webhook-master.ts';

/** Posts a delivery without events, and returns its outcome. */
export const testWebhook: Handler<SignedInContext<WebhooksNeeds>, WebhookIdInput, TestWebhookResult> = async (
  {node, caller: {tenantId}},
  {id},
) => {
  const master = webhookMaster(node);
  const {webhook, rotation} = await getWebhook(node.db, {id, tenantId});
  return postTest(node.outbound, {...webhook, rotation}, master);
};
