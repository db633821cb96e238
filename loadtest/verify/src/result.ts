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
  /** The time at which the crowd began, on the history's clock. */
  beganAt: number;
  faults: FaultRecord[];
  probes: Probe[];
  /** Faults that this machine cannot make, and why. */
  impossible: ReadonlyMap<string, string>;
  /** The deliveries to a webhook; missing if the run did not reach its end. */
  told: Deliveries | undefined;
  violations: Violation[];
};
