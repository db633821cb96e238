/** Takes the cost of a call from the limits of its operation: those of its user, address, key and tenant. */
import type {RateLimits, Rule} from '@madang/redis/rate-limits';
import type {Context} from '../context.ts';
import {
  ceilingRule,
  type Ceiling,
  type Ceilings,
  type Limit,
  type RateLimit,
  type RateRules,
} from './rate-rules.ts';

export type TakeLimitsOptions = {
  limits: Pick<RateLimits, 'take' | 'takeHere'>;
  rules: RateRules;
  /** What the tenant's policy allows per second; a promise only while this node does not know the tenant. */
  ceilingsOf: (tenantId: string) => Ceilings | Promise<Ceilings>;
};

type Bucket = {rule: Rule; key: string};

export function createTakeLimits({limits, rules, ceilingsOf}: TakeLimitsOptions) {
  /** Services are exempt here: a service acts for a whole product, and its key is not a person's. */
  function personal({rule, per}: RateLimit, {address, caller}: Context): Bucket | undefined {
    const key = per === 'address' ? address : caller?.user.id;
    const isCounted = key !== undefined && caller?.user.kind !== 'service';
    return isCounted ? {rule: rules[rule], key} : undefined;
  }

  /** Only callers with a credential count against these; otherwise strangers could use up a tenant's ceiling. */
  function shared(limit: Ceiling, {caller, tenantId}: Context, ceilings: Ceilings): Bucket | undefined {
    const key = limit.per === 'key' ? caller?.key?.id : caller && tenantId;
    const rule = key === undefined ? undefined : ceilingRule(ceilings, limit);
    return key !== undefined && rule ? {rule, key} : undefined;
  }

  /** A promise only if Redis must be asked, which one call in a hundred needs. */
  function take({rule, key}: Bucket, cost?: number): Promise<void> | undefined {
    return limits.takeHere(rule, key, cost) ? undefined : limits.take(rule, key, cost);
  }

  return {
    /** Takes what every call of the operation costs. Does not wait if nothing is taken. */
    async flat(given: readonly Limit[], ctx: Context): Promise<void> {
      const found = ceilingsOf(ctx.tenantId);
      const ceilings = found instanceof Promise ? await found : found;
      for (const limit of given) {
        if ('cost' in limit) continue;
        const bucket = isCeiling(limit) ? shared(limit, ctx, ceilings) : personal(limit, ctx);
        const asked = bucket && take(bucket);
        if (asked) await asked;
      }
    },
    /** Takes the cost that depends on the input, once the input is known to fit. */
    async priced(given: readonly Limit[], ctx: Context, input: unknown): Promise<void> {
      for (const limit of given) {
        if (isCeiling(limit) || !limit.cost) continue;
        const bucket = personal(limit, ctx);
        const asked = bucket && take(bucket, limit.cost(input as never));
        if (asked) await asked;
      }
    },
  };
}

function isCeiling(limit: Limit): limit is Ceiling {
  return limit.per === 'key' || limit.per === 'tenant';
}
