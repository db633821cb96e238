import {z} from 'zod';
import {afterPage, id, nextPage, object, text, time, wireTime} from './fields.ts';
import {limits} from './limits.ts';
import {message} from './messages.ts';

export const has = z.enum(['link', 'file', 'image', 'code']);

export const searchMessagesInput = object({
  query: text(0, limits.queryChars).describe(
    `What to look for, up to ${limits.queryChars} characters: words, each of which a message must have. A word is found by its ` +
      'beginning; in scripts such as Hangul, Han, kana and Thai anything is found anywhere. What stands in quotation marks is found ' +
      'as it is. Case, accents and width do not matter. A single letter of an alphabet is too little; with `from` or `has` the ' +
      'query may be empty.',
  ),
  roomId: id.describe('Search this room alone. All rooms that the caller is in unless given.').optional(),
  from: id.describe('Id of a user: messages by this sender alone.').optional(),
  has: has
    .describe(
      'Messages that have this: `link`, `code` (in backticks), `image`, or `file` for a file that is no image.',
    )
    .optional(),
  since: time.describe('Messages from this time on. RFC 3339 with seconds, and `Z` or an offset.').optional(),
  until: time
    .describe('Messages from before this time. RFC 3339 with seconds, and `Z` or an offset.')
    .optional(),
  after: afterPage,
});
export const searchMessagesResult = z.object({
  hits: z
    .array(message)
    .describe(
      `Messages that the caller may read, newest first: at most ${limits.searchHits}. There may be none while there is a \`next\`.`,
    ),
  searchedTo: wireTime(
    'What is newer was searched: with a `next` the rest comes with the next pages. Without one, what is older is not searchable ' +
      'yet; 1970, or `since`, where everything was searched.',
  ),
  next: nextPage,
});

export type Has = z.infer<typeof has>;
export type SearchMessagesInput = z.output<typeof searchMessagesInput>;
export type SearchMessagesResult = z.infer<typeof searchMessagesResult>;
