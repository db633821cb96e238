import type {Invariant} from '../checker/violation.ts';
import type {ScenarioName} from './scenarios.ts';

/** A text of the source that is replaced when the file is loaded. It must occur exactly once. */
export type Patch = {file: string; find: string; replace: string};

/** The same in a function of the database: the rest of the function stays. It may also remove what would stop the bug. */
export type SqlPatch = {function: string; find: string; replace: string};

/**
 * A bug that somebody might write. It is in no source file: a gateway under verification loads the unchanged sources and
 * applies the patches. If a mutant survives its scenario, the checker has a bug.
 */
export type Mutant = {
  name: string;
  /** A description of the bug. */
  says: string;
  patches?: Patch[];
  sql?: SqlPatch[];
  /** Statements of the schema's owner, such as dropping a constraint that would stop the bug. */
  statements?: string[];
  scenario: ScenarioName;
  /** What the checker must report. One of them is enough. */
  caughtBy: Invariant[];
};
