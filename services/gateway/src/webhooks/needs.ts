/** What the operations on webhooks need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Outbound} from '@madang/runtime/outbound';

export type WebhooksNeeds = {
  db: Database;
  outbound: Outbound;
  config: {WEBHOOK_SECRET?: string | undefined};
};
