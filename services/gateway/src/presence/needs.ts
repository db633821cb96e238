/** What the operations on presence, typing and the lobby need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Occupancy} from '@madang/redis/occupancy';
import type {LobbyDigests} from './lobby-digests.ts';
import type {Typing} from './typing.ts';

export type PresenceNeeds = {
  db: Database;
  occupancy: Pick<Occupancy, 'areAway' | 'listOnline' | 'online'>;
  lobby: Pick<LobbyDigests, 'follow'>;
  typing: Pick<Typing, 'set'>;
};
