/** The annotations of messages. It combines what everybody gets, what this reader gets, and what the reader has just done. */
import type {Annotations, Calls, Message} from './wire.ts';

type Reaction = NonNullable<Annotations['reactions']>[number];
/** A reaction of the user's own that is on its way. */
export type Wish = Readonly<{seq: number; emoji: string; on: boolean}>;

/**
 * What was told to everybody, with `mine`. `by` says it where it lists all; otherwise what was known before stays.
 */
export function personal(
  told: Annotations,
  before: Annotations | undefined,
  userId: string | undefined,
): Annotations {
  if (told.reactions === undefined) return told;
  const wasMine = ({emoji}: Reaction) =>
    before?.reactions?.some((each) => each.emoji === emoji && each.mine) === true;
  const reactions = told.reactions.map(({mine: _, ...each}): Reaction => {
    const isNamed = userId !== undefined && each.by.includes(userId);
    const isMine = isNamed || (each.count > each.by.length && wasMine(each));
    return isMine ? {...each, mine: true} : each;
  });
  return {...told, reactions};
}

/** The message with other annotations; without the field where nothing stands on it. */
export function annotated(message: Message, annotations: Annotations | undefined, rev: number): Message {
  const {annotations: _, ...rest} = message;
  const isEmpty = annotations === undefined || Object.keys(annotations).length === 0;
  return {...rest, rev, ...(isEmpty ? {} : {annotations})};
}

/** The message with the answer to a reaction. If the log has passed the answer, it only tells the user's own reactions. */
export function answered(
  held: Message,
  {rev, annotations}: Calls['reaction:set']['result'],
  userId: string | undefined,
): Message {
  if (held.deletedAt !== undefined) return held;
  const known = held.rev <= rev ? annotations : personal(held.annotations ?? {}, annotations, userId);
  return annotated(held, known, Math.max(held.rev, rev));
}

/** The message as it will be once these wishes are fulfilled. */
export function withWishes(message: Message, wishes: readonly Wish[], userId: string | undefined): Message {
  if (message.deletedAt !== undefined) return message;
  const {reactions = [], ...others} = message.annotations ?? {};
  const after = wishes.reduce((list, wish) => fulfil(list, wish, userId), reactions);
  return annotated(message, {...others, ...(after.length === 0 ? {} : {reactions: after})}, message.rev);
}

function fulfil(reactions: Reaction[], {emoji, on}: Wish, userId: string | undefined): Reaction[] {
  const held = reactions.find((each) => each.emoji === emoji);
  if ((held?.mine === true) === on) return reactions;
  if (held === undefined) {
    return [...reactions, {emoji, count: 1, by: userId === undefined ? [] : [userId], mine: true}];
  }
  const by = held.by.filter((id) => id !== userId);
  const {mine: _, ...rest} = held;
  const changed: Reaction = on
    ? {
        ...rest,
        count: held.count + 1,
        by: userId === undefined ? by : [userId, ...by.slice(0, 4)],
        mine: true,
      }
    : {...rest, count: held.count - 1, by};
  return reactions.flatMap((each) => (each !== held ? each : changed.count > 0 ? changed : []));
}
