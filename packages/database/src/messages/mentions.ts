/** Whom a text mentions. A mention is readable by everybody: the member's shown name stands after `@`. */
import {limits} from '@madang/protocol/limits';
import type {Message} from '@madang/protocol/messages';
import type {Database} from '../connections/pool.ts';
import {nameKey} from '../users/users.ts';

export type Mention = NonNullable<Message['mentions']>[number];
/** The mentions of a message. */
export type Mentioning = Pick<Message, 'mentions' | 'notify'>;

export type AskedMentions = {
  roomId: string;
  userId: string;
  /** Whose grants count, if not the user's: the service that calls as the user. */
  actorId?: string;
  text: string;
  /** The users whom the sender wants to mention. A user whose name is not in the text is not mentioned. */
  mentions?: readonly string[] | undefined;
  notify?: Message['notify'];
};

const statement = {
  name: 'find_mentions',
  text: `
    select
      (select coalesce(json_agg(json_build_object('id', id, 'name', name)), '[]') from find_named_members($1, $2)) as named,
      $3 and may_notify($1, $4, $5) as "mayNotify"`,
};

/**
 * Finds who of the asked users a text mentions, and whether it notifies the whole room. Never refuses: what does not
 * count stays text.
 */
export async function findMentions(
  db: Database,
  {roomId, userId, actorId = userId, text, mentions = [], notify}: AskedMentions,
): Promise<Mentioning> {
  const tails = mentions.length > 0 ? tailsOf(text) : [];
  if (tails.length === 0 && notify === undefined) return {};
  const keys = [...new Set(tails.flatMap(keysOf))];
  const values = [roomId, keys, notify !== undefined, userId, actorId];
  const [row] = await db.query<{named: Mention[]; mayNotify: boolean}>(statement, values);
  const counted = mentionsIn(tails, row!.named).filter(({id}) => mentions.includes(id));
  return {
    ...(counted.length > 0 && {mentions: counted}),
    ...(notify !== undefined && row!.mayNotify && {notify}),
  };
}

/** What stands after each `@`, as far as a name may reach; no more places than may be mentioned. */
export function tailsOf(text: string): string[] {
  const [, ...tails] = text.normalize('NFC').split('@', 10 * limits.mentionsPerMessage + 1);
  // A name may itself have an `@`, so each tail goes on with those that follow.
  return tails
    .map((_, index) => firstLine(tails.slice(index, index + 3).join('@')))
    .filter((tail) => tail !== '')
    .slice(0, limits.mentionsPerMessage);
}

function firstLine(text: string): string {
  const [line = ''] = text.split(/[\r\n]/, 1);
  return Array.from(line.slice(0, 2 * limits.productNameChars))
    .slice(0, limits.productNameChars)
    .join('');
}

/** The keys of all names with which a tail may begin. */
function keysOf(tail: string): string[] {
  const letters = Array.from(tail);
  return letters.map((_, index) => nameKey(letters.slice(0, index + 1).join('')));
}

/** The members whose names are the longest ones after an `@`: each once, in the order of the text. */
export function mentionsIn(tails: readonly string[], named: readonly Mention[]): Mention[] {
  const found = tails.flatMap((tail) => {
    const standing = named.filter(({name}) => tail.startsWith(name));
    const longest = Math.max(0, ...standing.map(({name}) => name.length));
    return standing.filter(({name}) => name.length === longest);
  });
  return [...new Map(found.map((mention) => [mention.id, mention])).values()];
}
