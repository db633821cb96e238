import type {Database} from './pool.ts';

/** A user's presence in a room through one node. */
export type Attendance = {roomId: string; userId: string; nodeId: string};

const attendStatement = {name: 'attend', text: 'select attend($1::uuid[], $2::uuid[], $3)'};

/** Notes the first connection of a user on a node to an ephemeral room; in other rooms it does nothing. */
export async function attend(db: Database, {nodeId, roomId, userId}: Attendance): Promise<void> {
  await db.query(attendStatement, [[roomId], [userId], nodeId]);
}

/** Does attend for many at once: for a room that has become ephemeral, and for a node that re-asserts itself. */
export async function attendAll(
  db: Database,
  nodeId: string,
  attendances: readonly {roomId: string; userId: string}[],
): Promise<void> {
  const roomIds = attendances.map(({roomId}) => roomId);
  const userIds = attendances.map(({userId}) => userId);
  await db.query(attendStatement, [roomIds, userIds, nodeId]);
}

const departStatement = {
  name: 'depart',
  text: `
    update attendances set ended_at = clock_ms()
    where room_id = $1 and user_id = $2 and node_id = $3 and ended_at is null`,
};

/** Notes that a user's last connection on a node to a room is gone: the grace period runs from now. */
export async function depart(db: Database, {roomId, userId, nodeId}: Attendance): Promise<void> {
  await db.query(departStatement, [roomId, userId, nodeId]);
}
