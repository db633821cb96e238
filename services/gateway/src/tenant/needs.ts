/** What the operations on a tenant's settings need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Outbound} from '@madang/runtime/outbound';
import type {Broadcast} from '../broadcast.ts';

export type TenantNeeds = {
  db: Database;
  broadcast: Pick<Broadcast, 'signal'>;
  /** Tells at once whether a key set's address would be refused. */
  outbound: Pick<Outbound, 'check'>;
};
