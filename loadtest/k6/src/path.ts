import {pathBuilder} from '../../../packages/protocol/src/path.ts';

/** Makes a path of the API from ids that were checked. */
export const path = pathBuilder((message) => new TypeError(message));
