/** A search's query: which terms its messages have, and which messages it finds. */
import {ChatError} from '@madang/protocol/errors';
import type {Has} from '@madang/protocol/search';
import {fold} from '../names/fold.ts';
import {hasPart, partsOf} from './parts.ts';
import {hasTerm, havingOf, roomTerm, senderTerm, soughtTerms, type SearchedMessage} from './terms.ts';

export type Sought = {
  query: string;
  roomId?: string | undefined;
  /** Id of the sender. */
  from?: string | undefined;
  has?: Has | undefined;
};

export type Query = {
  /** Terms that every message has that the query finds: at least one. */
  terms: number[];
  finds(message: SearchedMessage): boolean;
};

/** More terms narrow nothing down. */
const maxTerms = 32;

const quoted = /["“”„]([^"“”„]*)["“”„]/g;

/**
 * Reads a query: words and runs, each of which must be in the message, and phrases in quotation marks, which must be in
 * it as they are. Throws `invalid` if nothing in it can be looked up.
 */
export function readQuery(tenantId: string, {query, roomId, from, has}: Sought): Query {
  const phrases = Array.from(query.matchAll(quoted), ([, phrase]) => fold(phrase!));
  const parts = partsOf(fold(query.replace(quoted, ' ')));
  const sought = [...parts.map(({text}) => text), ...phrases.filter((phrase) => partsOf(phrase).length > 0)];
  const ofText = [...parts, ...phrases.flatMap(partsOf)].flatMap((part) => soughtTerms(tenantId, part));
  const terms = [
    ...(roomId === undefined ? [] : [roomTerm(tenantId, roomId)]),
    ...(from === undefined ? [] : [senderTerm(tenantId, from)]),
    ...(has === undefined ? [] : [hasTerm(tenantId, has)]),
    ...ofText,
  ];
  if (ofText.length === 0 && (sought.length > 0 || (from === undefined && has === undefined))) {
    throw new ChatError('invalid', {message: 'query: write at least two letters of a word'});
  }

  return {
    terms: [...new Set(terms)].slice(0, maxTerms),
    finds(message) {
      if (roomId !== undefined && message.roomId !== roomId) return false;
      if (from !== undefined && message.senderId !== from) return false;
      if (has !== undefined && !havingOf(message).includes(has)) return false;
      if (sought.length === 0) return true;
      const folded = fold(message.text);
      return sought.every((part) => hasPart(folded, part));
    },
  };
}
