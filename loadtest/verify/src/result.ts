import type {Violation} from './checker/violation.ts';
import type {FaultRecord} from './faults/fault.ts';
import type {Probe} from './generator/prober.ts';
import type {Deliveries} from './history/deliveries.ts';
import type {History} from './history/history.ts';
import type {Plan} from './plan.ts';

/** What a run did and found. */
export type Result = {
  plan: Plan;
  seed: number;
  history: History;
  startedAt: Date;
  /** On the history's clock: when the crowd began. */
  beganAt: number;
  faults: FaultRecord[];
  probes: Probe[];
  /** Kinds that this machine cannot make, and why. */
  impossible: ReadonlyMap<string, string>;
  /** What a webhook was told; missing where the run came to no end. */
  told: Deliveries | undefined;
  violations: Violation[];
};
