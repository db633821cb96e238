import {removeWebhook, updateWebhook as update} from '@madang/database/events/webhooks';
import type {
  ReplayWebhookInput,
  RotateWebhookResult,
  UpdateWebhookInput,
  WebhookIdInput,
  WebhookResult,
} from '@madang/protocol/webhooks';
import {webhookSecret} from '@madang/runtime/webhook';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {WebhooksNeeds} from './needs.ts';
import {webhookMaster} from './webhook-master.ts';

type Change<Input, Result> = Handler<SignedInContext<WebhooksNeeds>, Input, Result>;

const refOf = ({caller}: SignedInContext, id: string) => ({
  id,
  tenantId: caller.tenantId,
  actorId: actorOf(caller).id,
});

/** Changes a webhook, or resumes a disabled one. */
export const updateWebhook: Change<UpdateWebhookInput, WebhookResult> = async (ctx, {id, ...patch}) => {
  const {webhook} = await update(ctx.node.db, refOf(ctx, id), patch, 'webhook:update', ctx);
  return {webhook};
};

export const deleteWebhook: Change<WebhookIdInput, WebhookResult> = async (ctx, {id}) => {
  const {webhook} = await removeWebhook(ctx.node.db, refOf(ctx, id), ctx);
  return {webhook};
};

/** Moves the position back or ahead: the events behind it are delivered again, or not at all. */
export const replayWebhook: Change<ReplayWebhookInput, WebhookResult> = async (ctx, {id, after}) => {
  const {webhook} = await update(ctx.node.db, refOf(ctx, id), {after}, 'webhook:replay', ctx);
  return {webhook};
};

/** Makes a new secret. The previous one also signs for a day. */
export const rotateWebhook: Change<WebhookIdInput, RotateWebhookResult> = async (ctx, {id}) => {
  const master = webhookMaster(ctx.node);
  const {rotation} = await update(ctx.node.db, refOf(ctx, id), {rotate: true}, 'webhook:rotate', ctx);
  return {secret: webhookSecret(master, {id, rotation})};
};
