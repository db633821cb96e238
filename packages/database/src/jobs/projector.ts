/** The projector: what it derives from the logs of moved rooms. See numbered-moves.ts for how it gets them. */
import {newId} from '../ids.ts';
import type {MovedRoom, Run} from './numbered-moves.ts';

/** An inbox item: a message, and one user who is to see it. */
export type InboxItem = {
  tenantId: string;
  roomId: string;
  seq: number;
  senderId: string;
  type: string;
  userId: string;
  /** Only for users who are present. */
  isHere: boolean;
};

const listStatement = {
  name: 'list_items',
  text: `
    select tenant_id as "tenantId", room_id as "roomId", seq, sender_id as "senderId", type, user_id as "userId",
      is_here as "isHere"
    from list_items($1::uuid[], $2::bigint[])`,
};

/** The items of what is new in these rooms, in the order of rooms and users. */
export function listItems(run: Run, rooms: readonly MovedRoom[]): Promise<InboxItem[]> {
  return run<InboxItem>(listStatement, moved(rooms));
}

const writeStatement = {
  name: 'write_items',
  text: `
    select write_items($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::int[], $8::uuid[],
      $9::uuid[]) as notified`,
};

/**
 * Writes items, given in the order of listItems, and returns the users who got one. Who has read meanwhile, or wants no
 * items any more, gets none.
 */
export async function writeItems(run: Run, items: readonly InboxItem[]): Promise<string[]> {
  if (items.length === 0) return [];
  const batches = new Map<string, {no: number; first: InboxItem}>();
  const batchNos = items.map((item) => {
    const key = `${item.roomId} ${item.seq} ${item.type}`;
    const batch = batches.get(key) ?? {no: batches.size + 1, first: item};
    batches.set(key, batch);
    return batch.no;
  });
  const firsts = [...batches.values()].map(({first}) => first);
  const [row] = await run<{notified: string[]}>(writeStatement, [
    firsts.map(() => newId()),
    firsts.map(({tenantId}) => tenantId),
    firsts.map(({roomId}) => roomId),
    firsts.map(({seq}) => seq),
    firsts.map(({senderId}) => senderId),
    firsts.map(({type}) => type),
    batchNos,
    items.map(({userId}) => userId),
    items.map(() => newId()),
  ]);
  return row!.notified;
}

const acceptStatement = {name: 'accept_answered', text: 'select accept_answered($1::uuid[], $2::bigint[])'};

/** Accepts strangers' requests that their recipients have answered. */
export async function acceptAnswered(run: Run, rooms: readonly MovedRoom[]): Promise<void> {
  await run(acceptStatement, moved(rooms));
}

const followStatement = {name: 'follow_threads', text: 'select follow_threads($1::uuid[], $2::bigint[])'};

/** Makes the authors, repliers and mentioned of threads with new replies follow them. Call it before listItems. */
export async function followThreads(run: Run, rooms: readonly MovedRoom[]): Promise<void> {
  await run(followStatement, moved(rooms));
}

const moveStatement = {name: 'move_projector', text: 'select move_projector($1::uuid[], $2::bigint[])'};

/** Says that these rooms are projected. Commits with what was derived from them. */
export async function moveProjector(run: Run, rooms: readonly MovedRoom[]): Promise<void> {
  await run(moveStatement, moved(rooms));
}

function moved(rooms: readonly MovedRoom[]) {
  return [rooms.map(({roomId}) => roomId), rooms.map(({head}) => head)];
}
