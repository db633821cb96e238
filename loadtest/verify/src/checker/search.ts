/** Compares what a search found with a scan of what is stored, once nobody writes any more. */
import type {Stored} from '../history/stored.ts';
import {Truth} from './truth.ts';
import {short, type Violation} from './violation.ts';

/** A search for these words, one after the other, and all that its pages gave. */
export type Search = {userId: string; words: string; hits: readonly {roomId: string; seq: number}[]};

export function checkSearches(searches: readonly Search[], stored: Stored): Violation[] {
  const truth = new Truth(stored);
  return searches.flatMap((search) => compare(search, truth));
}

function compare({userId, words, hits}: Search, truth: Truth): Violation[] {
  const keyOf = ({roomId, seq}: {roomId: string; seq: number}) => `message ${seq} of room ${short(roomId)}`;
  const found = new Set(hits.map(keyOf));
  const there = new Set(
    truth.messages
      .filter(({text, isDeleted}) => !isDeleted && text.includes(words))
      .filter(({roomId}) => truth.membership(userId, roomId) !== undefined)
      .map(keyOf),
  );
  const tell = (what: string): Violation => ({
    invariant: 'search',
    what: `a search of user ${short(userId)} for "${words}" ${what}`,
    evidence: [],
  });
  return [
    ...[...there].filter((key) => !found.has(key)).map((key) => tell(`does not find ${key}`)),
    ...[...found]
      .filter((key) => !there.has(key))
      .map((key) => tell(`finds ${key}, which is not to be found`)),
    ...(found.size < hits.length ? [tell('finds a message twice')] : []),
  ];
}
