import type {Invariant} from '../checker/violation.ts';
import type {ScenarioName} from './scenarios.ts';

/** A text of the source that is replaced by another one, when the file is loaded. It must be there exactly once. */
export type Patch = {file: string; find: string; replace: string};

/** The same in a function of the database, whose other texts stay; and whatever else is in the way of the bug. */
export type SqlPatch = {function: string; find: string; replace: string};

/**
 * A bug that somebody might write. It is in no source file: a gateway under verification loads the unchanged sources and
 * applies the patches. A mutant that survives its scenario is a bug of the checker.
 */
export type Mutant = {
  name: string;
  /** What the bug is. */
  says: string;
  patches?: Patch[];
  sql?: SqlPatch[];
  /** Statements of the schema's owner, such as dropping a constraint that would stop the bug. */
  statements?: string[];
  scenario: ScenarioName;
  /** What the checker must say; one of them is enough. */
  caughtBy: Invariant[];
};
