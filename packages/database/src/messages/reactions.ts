/** Reactions. Those of one room share a call, so that a rush on one message costs a few revs instead of one each. */
import type {Annotations} from '@madang/protocol/annotations';
import type {SetReactionResult} from '@madang/protocol/reactions';
import {limits} from '@madang/protocol/limits';
import type {Entry, Frame} from '@madang/protocol/log';
import type {User} from '@madang/protocol/users';
import {call, resultOf, type Answer, type Database} from '../connections/pool.ts';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {groupByRoom, type Waiting} from '../rooms/grouped-calls.ts';
import type {Membership, Reading} from '../rooms/membership.ts';
import {splitFrame} from './split-frame.ts';

type Wish = {
  roomId: string;
  userId: string;
  /** Whose grants count: the user's or, if a service calls as the user, the service's. */
  actorId: string;
  seq: number;
  emoji: string;
  on: boolean;
};

export type ReactionRead = SetReactionResult & {
  /** What the call added to the log, for all whose wishes it carried out; one of them gets it. */
  frames: Frame[];
};

const setReactions = {
  name: 'set_reactions',
  text: `select set_reactions($1, $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::boolean[], ${limits.reactionsPerMessage}) as answer`,
};

type Written = {
  answers: (Answer & {rev: number; annotations: Annotations})[];
  epoch: string;
  entries: Entry[];
};

const addWish = groupByRoom<Wish>({itemsPerCall: 200, pauseMs: 250, queueMs: 1_500, run});

/**
 * Puts an emoji on a message, or takes it back. A repeat changes nothing and returns the message's present rev. Throws
 * `forbidden` with `quota` if the message has too many different emoji.
 */
export function setReaction(
  db: Database,
  {roomId, userId, actorId = userId}: Membership & {actorId?: string},
  {seq, emoji, on}: {seq: number; emoji: string; on: boolean},
): Promise<ReactionRead> {
  return addWish(db, {roomId, userId, actorId, seq, emoji, on});
}

async function run(db: Database, batch: Waiting<Wish>[]): Promise<void> {
  const {roomId} = batch[0]!.item;
  const column = <Key extends keyof Wish>(key: Key) => batch.map(({item}) => item[key]);
  try {
    const [row] = await db.query<{answer: Written}>(setReactions, [
      roomId,
      column('userId'),
      column('actorId'),
      column('seq'),
      column('emoji'),
      column('on'),
    ]);
    const {answers, epoch, entries} = row!.answer;
    let frames = splitFrame(roomId, epoch, entries);
    for (const [index, {resolve, reject}] of batch.entries()) {
      try {
        const {rev, annotations} = resultOf(answers[index]!) as Written['answers'][number];
        resolve({rev, annotations, frames});
        frames = [];
      } catch (refusal) {
        reject(refusal);
      }
    }
  } catch (error) {
    for (const {reject} of batch) reject(error);
  }
}

const listReactionsStatement = {
  name: 'list_reactions',
  text: 'select list_reactions($1, $2, $3, $4, $5, $6, $7, $8) as answer',
};
/** One more is read, to know whether there is a next page. */
const usersPerPage = 100;

/** Pages through those who reacted to a message with an emoji. */
export async function listReactions(
  db: Database,
  {roomId, userId, actorId = userId, readsAlong = false}: Reading,
  {seq, emoji, after}: {seq: number; emoji: string; after?: string},
): Promise<{users: User[]; next?: string}> {
  const [afterId] = after === undefined ? [] : decodeCursor(after, 1);
  const {users, hasMore} = await call<{users: User[]; hasMore: boolean}>(db, listReactionsStatement, [
    roomId,
    userId,
    actorId,
    readsAlong,
    seq,
    emoji,
    afterId,
    usersPerPage,
  ]);
  return {users, ...(hasMore ? {next: encodeCursor([users.at(-1)!.id])} : {})};
}
