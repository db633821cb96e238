/** `points` in every `perMs`, and as many at once as `burst` says. */
export type Rule = {
  /** Part of the key; one word, kebab-case. */
  name: string;
  points: number;
  perMs: number;
  /** What may come at once after a quiet time; as many as `points` unless given. */
  burst?: number;
  /** Kept in a node's memory alone, so that a call costs Redis nothing; a cluster then allows it on each of its nodes. */
  perNode?: boolean;
  /** For what happens on every send: a node takes a tenth of the burst at a time and gives it out from memory. */
  leased?: boolean;
};

export function burstOf({points, burst = points}: Rule): number {
  return burst;
}

export function microsPerPoint({points, perMs}: Rule): number {
  return (perMs * 1_000) / points;
}
