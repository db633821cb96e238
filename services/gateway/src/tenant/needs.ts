/** What the operations on the settings of a tenant need of the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Broadcast} from '../broadcast.ts';

export type TenantNeeds = {
  db: Database;
  broadcast: Pick<Broadcast, 'signal'>;
};
