import type {Goal} from '../report/goal.ts';

/** One figure that a run of everything cannot give, measured with a cluster to itself. */
export type Trial = {
  name: string;
  /** What is measured. */
  says: string;
  /** Where the sizes of buffers matter; see own-network.ts. */
  needsOwnNetwork?: boolean;
  /** Why this machine cannot do it. */
  impossible?: () => string | undefined;
  act(say: (line: string) => void, part?: TrialPart): Promise<Goal[]>;
};

/** For a brief look: one of a trial's attacks alone, or for another time. */
export type TrialPart = {attack?: string | undefined; seconds?: number | undefined};
