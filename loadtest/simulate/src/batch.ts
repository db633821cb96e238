import type {Violation} from '@madang/verify/checker/violation';
import type {Schedule} from './schedule.ts';

/** The schedules of one seed. With a path, only the one to which fast-check shrank a failure. */
export type Batch = {seed: number; runs: number; path?: string; isTraced?: boolean; isMutant?: boolean};

/** A schedule that was written by hand. */
export type Given = {given: Schedule; isTraced?: boolean};

export type Finding = {
  seed: number;
  path: string;
  schedule: Schedule;
  violations: Violation[];
  trace: string[];
};

export type Result = {runs: number; steps: number; virtualMs: number; finding?: Finding};
