import type {Database} from '../connections/pool.ts';

/** A user's presence in a room, as reported by one node. */
export type Attendance = {roomId: string; userId: string};

const attendStatement = {name: 'attend', text: 'select attend($1::uuid[], $2::uuid[], $3)'};

/** Records who is connected to ephemeral rooms through a node; ignores other rooms. */
export async function attend(
  db: Database,
  nodeId: string,
  attendances: readonly Attendance[],
): Promise<void> {
  await db.query(attendStatement, [...columns(attendances), nodeId]);
}

const departStatement = {
  name: 'depart',
  text: `
    update attendances a set ended_at = clock_ms()
    from unnest($1::uuid[], $2::uuid[]) as gone (room_id, user_id)
    where a.room_id = gone.room_id and a.user_id = gone.user_id and a.node_id = $3 and a.ended_at is null`,
};

/** Records whose last connection to a room through a node is gone: their grace period starts now. */
export async function depart(
  db: Database,
  nodeId: string,
  attendances: readonly Attendance[],
): Promise<void> {
  await db.query(departStatement, [...columns(attendances), nodeId]);
}

function columns(attendances: readonly Attendance[]): [string[], string[]] {
  return [attendances.map(({roomId}) => roomId), attendances.map(({userId}) => userId)];
}
