/** What the operations on users and their sessions need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Occupancy} from '@madang/redis/occupancy';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {CrashPoint} from '@madang/runtime/crash-point';
import type {AuditTrail} from '../audit/audit-trail.ts';
import type {Broadcast} from '../broadcast.ts';
import type {Config} from '../config.ts';
import type {Tokens} from '../jwt/tokens.ts';
import type {Passwords} from '../identity/passwords.ts';
import type {RedisMemory} from '../stores/redis-memory.ts';
import type {Tenants} from '../tenants.ts';

export type UsersNeeds = {
  db: Database;
  /** Separate connections for statements that are slow because they are large. */
  filesDb: Database;
  tenants: Pick<Tenants, 'get'>;
  tokens: Pick<Tokens, 'verify' | 'load' | 'isStillTaken'>;
  limits: RateLimits;
  passwords: Passwords;
  audit: AuditTrail;
  redisMemory: Pick<RedisMemory, 'share'>;
  occupancy: Pick<Occupancy, 'areAway' | 'areOnline' | 'listOnline'>;
  broadcast: Pick<Broadcast, 'signal'>;
  presence: {
    /** Announces the user, as they are now, to those who watch presence. */
    changed(tenantId: string, userId: string): void;
  };
  crashPoint: CrashPoint;
  config: Pick<
    Config,
    | 'GITHUB_CLIENT_ID'
    | 'GUEST_REDIS_SHARE'
    | 'GUESTS_PER_ADDRESS_PER_DAY'
    | 'GUESTS_PER_TENANT_PER_DAY'
    | 'RESERVED_NAMES'
  >;
};
