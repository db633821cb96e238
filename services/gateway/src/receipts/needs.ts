/** What the operations on read marks need from the node. */
import type {ReadMarks} from './read-marks.ts';

export type ReceiptsNeeds = {readMarks: Pick<ReadMarks, 'mark' | 'back'>};
