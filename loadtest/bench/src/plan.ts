/** How long and how often each measurement runs. */
export type Plan = {
  /** Every round measures every contender once; the next round goes through them backwards. */
  rounds: number;
  fanOut: {members: number; atOnce: readonly number[]; windowMs: number};
  durable: {rooms: number; sendersAtOnce: number; windowMs: number; loneWindowMs: number};
  idle: {rounds: number; roomMembers: number; few: number; many: number};
};

export const fullPlan: Plan = {
  rounds: 8,
  fanOut: {members: 500, atOnce: [1, 5, 20], windowMs: 1_500},
  durable: {rooms: 200, sendersAtOnce: 100, windowMs: 2_500, loneWindowMs: 1_000},
  idle: {rounds: 2, roomMembers: 50, few: 500, many: 2_500},
};

/** Shows that everything runs, and roughly what the results are. It is too short to be quoted. */
export const quickPlan: Plan = {
  rounds: 2,
  fanOut: {members: 500, atOnce: [1, 5, 20], windowMs: 400},
  durable: {rooms: 200, sendersAtOnce: 100, windowMs: 800, loneWindowMs: 300},
  idle: {rounds: 1, roomMembers: 50, few: 100, many: 500},
};
