/** The environment of delivery: settings, and metrics, logs, limits and presence that do nothing. */
import {schema, type Config} from '@madang/gateway/config';
import type {GatewayMetrics} from '@madang/gateway/metrics';
import type {Tokens} from '@madang/gateway/jwt/tokens';
import type {Tenants} from '@madang/gateway/tenants';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {Occupancy} from '@madang/redis/occupancy';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {Logger} from '@madang/runtime/log';

export const config: Config = schema.parse({
  DATABASE_URL: 'postgres://localhost/madang',
  REDIS_URL: 'redis://localhost',
  SESSION_SECRET: 'a secret of the simulation that signs nothing',
});

const nothing: unknown = new Proxy(() => undefined, {
  get: (_, name) => (name === 'then' ? undefined : nothing),
  apply: () => undefined,
});

export const metrics = nothing as GatewayMetrics;

export const log = {
  level: 'silent',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => log,
  isLevelEnabled: () => false,
} as unknown as Logger;

export const limits = {take: async () => undefined, takeHere: () => true} as unknown as RateLimits;

export const occupancy = {
  start() {},
  stop: async () => undefined,
  enter() {},
  leave() {},
  online: async (places: string[]) => places.map(() => 1),
  nodeCount: () => 1,
  onLost: () => () => undefined,
} as unknown as Occupancy;

const tenant = {id: 'tenant', policy: presetPolicy('community'), policyVersion: 1, defaultRoomIds: []};

export const tenants = {
  get: async () => tenant,
  ofHost: async () => tenant,
  forget() {},
  forgetAll() {},
} as unknown as Tenants;

export const tokens = {isStillTaken: async () => true} as unknown as Tokens;
