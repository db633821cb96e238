/** message.unseen: which members have not read a message that is some seconds old. Redis knows who is absent. */
import type {Database} from '../connections/pool.ts';

/** A check of a room: the messages that were old enough when it began. */
export type UnseenRoom = {
  roomId: string;
  tenantId: string;
  lookedAt: string;
  /** The newest message, by `senderId`, and the newest by somebody else. Null if none counts. */
  last: number | null;
  senderId: string | null;
  other: number | null;
};

const roomsStatement = {
  name: 'list_unseen_rooms',
  text: `
    select room_id as "roomId", tenant_id as "tenantId", looked_at::text as "lookedAt", last, sender_id as "senderId", other
    from list_unseen_rooms($1)`,
};

/** The rooms that are due for a check. */
export function listUnseenRooms(db: Database, {limit}: {limit: number}): Promise<UnseenRoom[]> {
  return db.query(roomsStatement, [limit]);
}

const membersStatement = {
  name: 'list_unseen_by',
  text: 'select user_id as "userId" from list_unseen_by($1, $2, $3, $4, $5, $6)',
};

const first = '00000000-0000-0000-0000-000000000000';

/** A page of the members who have not read, present or not, in the order of their ids. */
export async function listUnseenBy(
  db: Database,
  {roomId, last, senderId, other}: UnseenRoom,
  {after = first, limit}: {after?: string | undefined; limit: number},
): Promise<string[]> {
  const rows = await db.query<{userId: string}>(membersStatement, [
    roomId,
    last,
    senderId,
    other,
    after,
    limit,
  ]);
  return rows.map(({userId}) => userId);
}

const noteStatement = {
  name: 'note_unseen',
  text: 'select note_unseen($1, $2, $3, $4, $5::uuid[]) as "left"',
};

/** Makes one event for each of these members until they read; returns how many the caller must retry. */
export async function noteUnseen(
  db: Database,
  {roomId, last, senderId, other}: UnseenRoom,
  userIds: readonly string[],
): Promise<number> {
  const [row] = await db.query<{left: number}>(noteStatement, [roomId, last, senderId, other, userIds]);
  return row!.left;
}

const finishStatement = {name: 'finish_unseen_room', text: 'select finish_unseen_room($1, $2)'};

/** Ends a check once it has covered all members. */
export async function finishUnseenRoom(db: Database, {roomId, lookedAt}: UnseenRoom): Promise<void> {
  await db.query(finishStatement, [roomId, lookedAt]);
}

const nodesStatement = {
  name: 'list_living_nodes',
  text: 'select id from nodes where lease_until > clock_ms()',
};

/** The gateways that renew their lease in Postgres. */
export async function listLivingNodes(db: Database): Promise<string[]> {
  return (await db.query<{id: string}>(nodesStatement)).map(({id}) => id);
}
