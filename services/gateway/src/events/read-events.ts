import {readEvents as readPage} from '@madang/database/events/events';
import {ChatError} from '@madang/protocol/errors';
import type {ReadEventsInput, ReadEventsResult} from '@madang/protocol/tenant-events';
import type {Handler, SignedInContext} from '../context.ts';
import type {EventsNeeds} from './needs.ts';

/** Returns the events after a position. If there are none yet, it waits for as long as the caller says. */
export const readEvents: Handler<SignedInContext<EventsNeeds>, ReadEventsInput, ReadEventsResult> = async (
  {node, caller: {tenantId}, receivedAt},
  {waitSeconds, ...given},
) => {
  const until = receivedAt + waitSeconds * 1_000;
  let page = given;
  for (;;) {
    const read = await readPage(node.db, {...page, tenantId});
    if (!read) throw new ChatError('forbidden', {message: noEvents, details: {path: 'eventDays'}});
    if (read.events.length > 0 || read.reset || read.more) return read;
    if (performance.now() >= until) return read;
    // The new events may be of other types; then the read continues after them.
    if (!(await node.eventWatch.isPassed(tenantId, read.next, until))) return read;
    page = {...page, after: read.next};
  }
};

const noEvents = 'This tenant keeps no events. Set eventDays in its policy.';
