import {
  acceptAnswered,
  followThreads,
  listItems,
  moveProjector,
  writeItems,
  type InboxItem,
} from '@madang/database/jobs/projector';
import {lockChunks, projectChunks} from '@madang/database/search/chunks';
import {createMoveReader, type MovedRoom, type Run} from '@madang/database/jobs/numbered-moves';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';
import type {Presence} from '../presence.ts';

/** number-moves runs about as often, so an item follows its message within half a second. */
const everyMs = 100;

export type ProjectorOptions = {
  db: Database;
  presence: Pick<Presence, 'absent'>;
  /** Called after the commit: these users have something new in their inboxes. */
  onNotified(userIds: readonly string[]): void;
};

/**
 * Derives inbox items and search chunks from the logs of the rooms that moved. They commit with the place up to which the
 * rooms were read, so each message is projected once, whatever dies in between. Several workers may run this: the reader's lease
 * lets one of them read at a time, and passes to another as soon as its holder is gone.
 */
export function createProjectLogs({
  db,
  presence,
  onNotified,
}: ProjectorOptions): Job & {close(): Promise<void>} {
  const reader = createMoveReader(db, {name: 'projector', batches: 5});

  async function project(rooms: readonly MovedRoom[], run: Run): Promise<string[]> {
    await lockChunks(run, rooms);
    await acceptAnswered(run, rooms);
    await followThreads(run, rooms);
    const items = await leaveOutAbsent(await listItems(run, rooms), presence);
    const notified = await writeItems(run, items);
    await projectChunks(run, rooms);
    await moveProjector(run, rooms);
    return notified;
  }

  return {
    name: 'project-logs',
    everyMs,
    async run() {
      let notified: string[] = [];
      const rooms = await reader.next(async (moved, run) => {
        notified = await project(moved, run);
      });
      if (notified.length > 0) onNotified(notified);
      return rooms;
    },
    close: () => reader.close(),
  };
}

/** Keeps the items for everybody and for users who are present. While presence is unknown, everybody counts as present. */
async function leaveOutAbsent(
  items: InboxItem[],
  presence: ProjectorOptions['presence'],
): Promise<InboxItem[]> {
  const here = items.filter(({isHere}) => isHere);
  if (here.length === 0) return items;
  const absent = new Set<string>();
  for (const [tenantId, ofTenant] of Map.groupBy(here, ({tenantId: id}) => id)) {
    const userIds = [...new Set(ofTenant.map(({userId}) => userId))];
    for (const userId of (await presence.absent(tenantId, userIds)) ?? []) absent.add(userId);
  }
  return items.filter(({isHere, userId}) => !isHere || !absent.has(userId));
}
