/** What the operations on service keys need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Broadcast} from '../broadcast.ts';

export type KeysNeeds = {db: Database; broadcast: Pick<Broadcast, 'signal'>};
