/** Threads: who follows which, and how far they have read it. The projector adds followers (jobs/projector.ts). */
import {limits} from '@madang/protocol/limits';
import type {Message} from '@madang/protocol/messages';
import {call, type Database} from '../connections/pool.ts';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Membership} from '../rooms/membership.ts';
import type {Marked} from './messages.ts';

const followThreadStatement = {
  name: 'follow_thread',
  text: 'select follow_thread($1, $2, $3, $4, $5) as answer',
};

/** Follows a thread, or no longer. A repeat changes nothing. Throws `conflict` if the message is in a thread itself. */
export async function followThread(
  db: Database,
  {roomId, userId, actorId = userId}: Membership & {actorId?: string},
  {seq, on}: {seq: number; on: boolean},
): Promise<void> {
  await call(db, followThreadStatement, [roomId, userId, actorId, seq, on]);
}

const markThreadReadStatement = {
  name: 'mark_thread_read',
  text: 'select mark_thread_read($1, $2, $3, $4, $5) as answer',
};

/** Moves the mark of a followed thread, and reads the thread's inbox items. Returns the room's mark, which stays. */
export function markThreadRead(
  db: Database,
  {roomId, userId}: Membership,
  {threadOf, seq, back = false}: {threadOf: number; seq: number; back?: boolean},
): Promise<Marked> {
  return call(db, markThreadReadStatement, [roomId, userId, threadOf, seq, back]);
}

const listThreadsStatement = {
  name: 'list_threads',
  text: `select list_threads($1, $2, $3, $4, $5, ${limits.syncBytes}) as answer`,
};
const threadsPerPage = 50;

type FollowedThread = {root: Message; unreadFrom?: number};

/**
 * Pages through the threads that a user follows, those with the last replies first. Threads whose root the user is not
 * shown any more are left out, so a page with a `next` may be empty.
 */
export async function listThreads(
  db: Database,
  {userId, after}: {userId: string; after?: string},
): Promise<{threads: FollowedThread[]; next?: string}> {
  const before = after === undefined ? [null, null, null] : decodeCursor(after, 3);
  const {threads, last} = await call<{threads: FollowedThread[]; last: string[] | null}>(
    db,
    listThreadsStatement,
    [userId, ...before, threadsPerPage],
  );
  return {threads, ...(last ? {next: encodeCursor(last)} : {})};
}
