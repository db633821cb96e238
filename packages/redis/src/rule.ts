/** Whose calls a limit counts together. */
export type Per = 'user' | 'address' | 'session' | 'room' | 'key' | 'tenant';

/** Allows `points` in every `perMs`, and as many at once as `burst` says. */
export type Rule = {
  /** Part of the key; one word, kebab-case. A suffix such as `-per-address` tells rules of the same limit apart. */
  name: string;
  per: Per;
  points: number;
  perMs: number;
  /** How many may come at once after a quiet time. The default is `points`. */
  burst?: number;
  /**
   * True if the limit is only in a node's memory, so that a call costs Redis nothing. Each node of a cluster then allows
   * it.
   */
  perNode?: boolean;
  /** For actions on every send: a node takes a tenth of the burst at a time and gives it out from memory. */
  leased?: boolean;
};

export function burstOf({points, burst = points}: Rule): number {
  return burst;
}

/** What a refusal says about the rule: `details` on the wire. */
export function limitOf({name, per}: Rule): {limit: string; per: Per} {
  return {limit: name.replace(/-(?:per|by|of)-.*$/, ''), per};
}

export function microsPerPoint({points, perMs}: Rule): number {
  return (perMs * 1_000) / points;
}
