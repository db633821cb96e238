/** What the operations on read marks need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {Broadcast} from '../broadcast.ts';
import type {ReadMarks} from './read-marks.ts';

export type ReceiptsNeeds = {
  db: Database;
  readMarks: Pick<ReadMarks, 'mark' | 'back'>;
  broadcast: Pick<Broadcast, 'emit' | 'signal'>;
};
