/** Takes what a call costs from the limits of its operation: of its user and address, its key and its tenant. */
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
  /** What the tenant's policy allows a second; a promise only where this node does not know the tenant yet. */
  ceilingsOf: (tenantId: string) => Ceilings | Promise<Ceilings>;
};

type Bucket = {rule: Rule; key: string};

export function createTakeLimits({limits, rules, ceilingsOf}: TakeLimitsOptions) {
  /** Services are exempt here: one acts for a whole product, and its key is not a person's. */
  function personal({rule, per}: RateLimit, {address, caller}: Context): Bucket | undefined {
    const key = per === 'address' ? address : caller?.user.id;
    const isCounted = key !== undefined && caller?.user.kind !== 'service';
    return isCounted ? {rule: rules[rule], key} : undefined;
  }

  /** Only callers with a credential take these, or strangers could use up what a tenant may do. */
  function shared(limit: Ceiling, {caller, tenantId}: Context, ceilings: Ceilings): Bucket | undefined {
    const key = limit.per === 'key' ? caller?.key?.id : caller && tenantId;
    const rule = key === undefined ? undefined : ceilingRule(ceilings, limit);
    return key !== undefined && rule ? {rule, key} : undefined;
  }

  /** A promise only where Redis must be asked, which a call in a hundred needs. */
  function take({rule, key}: Bucket, cost?: number): Promise<void> | undefined {
    return limits.takeHere(rule, key, cost) ? undefined : limits.take(rule, key, cost);
  }

  return {
    /** What every call of the operation takes. Waits for nothing where nothing is taken. */
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
    /** What depends on the input, once that is known to fit. */
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
