import type {Goal} from '../report/goal.ts';

/** One figure that a run of everything cannot give, measured with a cluster to itself. */
export type Trial = {
  name: string;
  /** What is measured. */
  says: string;
  act(say: (line: string) => void): Promise<Goal[]>;
};
