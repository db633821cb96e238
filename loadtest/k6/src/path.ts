import {pathBuilder} from '../../../packages/protocol/src/path.ts';

/** Builds a path of the API from checked ids. */
export const path = pathBuilder((message) => new TypeError(message));
