import type {Goal} from '../report/goal.ts';

/** A figure that a whole run cannot give, measured with a cluster of its own. */
export type Trial = {
  name: string;
  /** What is measured. */
  says: string;
  /** True if the sizes of buffers matter; see own-network.ts. */
  needsOwnNetwork?: boolean;
  /** Why this machine cannot measure it. */
  impossible?: () => string | undefined;
  act(say: (line: string) => void, part?: TrialPart): Promise<Goal[]>;
};

/** For a short check: only one of a trial's attacks, or a different duration. */
export type TrialPart = {attack?: string | undefined; seconds?: number | undefined};
