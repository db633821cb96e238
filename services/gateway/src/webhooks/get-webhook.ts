import {getWebhook as findOne} from '@madang/database/events/webhooks';
import type {WebhookIdInput, WebhookResult} from '@madang/protocol/webhooks';
import type {Handler, SignedInContext} from '../context.ts';
import type {WebhooksNeeds} from './needs.ts';

export const getWebhook: Handler<SignedInContext<WebhooksNeeds>, WebhookIdInput, WebhookResult> = async (
  {node, caller: {tenantId}},
  {id},
) => {
  const {webhook} = await findOne(node.db, {id, tenantId});
  return {webhook};
};
