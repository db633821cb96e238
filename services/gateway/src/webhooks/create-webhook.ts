import {addWebhook} from '@madang/database/events/webhooks';
import type {CreateWebhookInput, CreateWebhookResult} from '@madang/protocol/webhooks';
import {webhookSecret} from '@madang/runtime/webhook';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {WebhooksNeeds} from './needs.ts';
import {webhookMaster} from './webhook-master.ts';

/** Makes a webhook. Only this answer contains its secret. */
export const createWebhook: Handler<
  SignedInContext<WebhooksNeeds>,
  CreateWebhookInput,
  CreateWebhookResult
> = async (ctx, {url, types}) => {
  const {node, caller} = ctx;
  const master = webhookMaster(node);
  const given = {tenantId: caller.tenantId, actorId: actorOf(caller).id, url, types};
  const {webhook, rotation} = await addWebhook(node.db, given, ctx);
  return {webhook, secret: webhookSecret(master, {id: webhook.id, rotation})};
};
