/** What the operations on the settings of a tenant need of the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Outbound} from '@madang/runtime/outbound';
import type {Broadcast} from '../broadcast.ts';

export type TenantNeeds = {
  db: Database;
  broadcast: Pick<Broadcast, 'signal'>;
  /** To say at once of a key set's address that it would not be read. */
  outbound: Pick<Outbound, 'check'>;
};
