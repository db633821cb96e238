import type {Patch} from '@madang/verify/mutants/mutant';

/** A bug that somebody might write, in the sources or in what the simulated database answers. */
export type Mutant = {name: string; says: string; patches: Patch[]};
