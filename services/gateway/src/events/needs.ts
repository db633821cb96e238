/** What the operations on events need from the node. */
import type {Database} from '@madang/database/connections/pool';
import type {EventWatch} from './event-watch.ts';

export type EventsNeeds = {db: Database; eventWatch: Pick<EventWatch, 'isPassed'>};
