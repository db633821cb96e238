import {listWebhooks as listAll} from '@madang/database/events/webhooks';
import type {ListWebhooksResult} from '@madang/protocol/webhooks';
import type {Handler, SignedInContext} from '../context.ts';
import type {WebhooksNeeds} from './needs.ts';

export const listWebhooks: Handler<SignedInContext<WebhooksNeeds>, object, ListWebhooksResult> = async ({
  node,
  caller,
}) => ({webhooks: await listAll(node.db, caller.tenantId)});
