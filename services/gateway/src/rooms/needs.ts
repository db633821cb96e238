/** What the operations on rooms and memberships need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Occupancy} from '@madang/redis/occupancy';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {CrashPoint} from '@madang/runtime/crash-point';
import type {Broadcast} from '../broadcast.ts';
import type {Config} from '../config.ts';
import type {Passwords} from '../identity/passwords.ts';
import type {Tenants} from '../tenants.ts';

export type RoomsNeeds = {
  /** The node's name, sent to clients so that operators can find it. */
  name: string;
  db: Database;
  tenants: Pick<Tenants, 'get'>;
  limits: RateLimits;
  passwords: Passwords;
  occupancy: Pick<Occupancy, 'areAway' | 'areOnline' | 'listOnline' | 'online'>;
  broadcast: Pick<Broadcast, 'frame' | 'signal' | 'emit'>;
  crashPoint: CrashPoint;
  config: Pick<Config, 'PUBLIC_URL' | 'RATE_LIMITS'>;
};
