/** The balance of a test: what was acknowledged and what each observer saw, compared with what Postgres holds. */
import type {Message} from '@madang/protocol/messages';
import {createDatabase} from '@madang/database/connections/pool';

export type Sent = {roomId: string; clientId: string; seq: number};
/** A message as an observer received it. */
export type Seen = Pick<Message, 'seq' | 'clientId'>;

const silent = {debug() {}, info() {}, warn() {}, error() {}};

/** The messages of a room, in order. */
export async function readStored(databaseUrl: string, roomId: string): Promise<Seen[]> {
  const db = createDatabase({url: databaseUrl, log: silent, applicationName: 'test', maxConnections: 1});
  try {
    return await db.query<Seen>(
      {
        name: '',
        text: 'select seq, client_id as "clientId" from messages where room_id = $1 order by seq',
      },
      [roomId],
      {deadlineMs: 10_000},
    );
  } finally {
    await db.close();
  }
}

/**
 * Forbidden outcomes: messages acknowledged but not stored, stored twice, or seen differently from how they were
 * stored. Each observer must have been there from the room's first message on. Empty if all is well.
 */
export function findFaults(
  stored: readonly Seen[],
  acknowledged: readonly Sent[],
  observers: ReadonlyMap<string, readonly Seen[]>,
): string[] {
  const clientIds = new Map(stored.map(({seq, clientId}) => [seq, clientId]));
  return [
    ...acknowledged
      .filter(({seq, clientId}) => clientIds.get(seq) !== clientId)
      .map(({seq, clientId}) => `${clientId} was acknowledged with seq ${seq} and is not there`),
    ...(new Set(clientIds.values()).size < stored.length ? ['a message is stored twice'] : []),
    ...Array.from(observers, ([who, seen]) => findDifference(who, stored, seen)).flat(),
  ];
}

function findDifference(who: string, stored: readonly Seen[], seen: readonly Seen[]): string[] {
  const at = stored.findIndex(({seq, clientId}, index) => {
    const other = seen[index];
    return other?.seq !== seq || other.clientId !== clientId;
  });
  if (at < 0 && seen.length === stored.length) return [];
  const index = at < 0 ? stored.length : at;
  return [
    `${who} saw ${seen.length} of ${stored.length}, number ${index} as ${seen[index]?.seq}, not ${stored[index]?.seq}`,
  ];
}
