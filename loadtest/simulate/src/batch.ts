import type {Violation} from '@madang/verify/checker/violation';
import type {Schedule} from './schedule.ts';

/** Schedules that follow from one seed; with a path, the one to which a failure was made smaller. */
export type Batch = {seed: number; runs: number; path?: string; isTraced?: boolean; isMutant?: boolean};

/** One that was written by hand. */
export type Given = {given: Schedule; isTraced?: boolean};

export type Finding = {
  seed: number;
  path: string;
  schedule: Schedule;
  violations: Violation[];
  trace: string[];
};

export type Result = {runs: number; steps: number; virtualMs: number; finding?: Finding};
