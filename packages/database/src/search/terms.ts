/**
 * Search terms: hashes of what a message can be found by. A chunk of neighbouring messages has the terms of all of them,
 * and says where to look; whether a message is found is decided by its text (query.ts).
 */
import type {Has} from '@madang/protocol/search';
import {fold} from '../names/fold.ts';
import {hashText, tenantSeed} from '../names/hash-text.ts';
import {partsOf, type Part} from './parts.ts';

export type SearchedMessage = {
  roomId: string;
  senderId: string;
  text: string;
  hasImages: boolean;
  hasFiles: boolean;
};

/** The beginnings of a word that are terms, in letters. A longer query word is found by the longest that fits. */
const beginnings = [2, 3, 4, 6];
const longestBeginning = beginnings.at(-1);

const link = /https?:\/\/[^\s]/i;
const code = /```|`[^`\n]+`/;

/** What a message has beside words. */
export function havingOf({text, hasImages, hasFiles}: SearchedMessage): Has[] {
  const having: Has[] = [];
  if (link.test(text)) having.push('link');
  if (code.test(text)) having.push('code');
  if (hasFiles) having.push('file');
  if (hasImages) having.push('image');
  return having;
}

// No word has a colon, so these are no word's hash on purpose.
export const roomTerm = (tenantId: string, roomId: string) => hashText(tenantSeed(tenantId), `in:${roomId}`);
export const senderTerm = (tenantId: string, userId: string) =>
  hashText(tenantSeed(tenantId), `from:${userId}`);
export const hasTerm = (tenantId: string, has: Has) => hashText(tenantSeed(tenantId), `has:${has}`);

/** Adds the terms of a message of the tenant to `terms`. */
export function addTerms(terms: Set<number>, tenantId: string, message: SearchedMessage): void {
  const seed = tenantSeed(tenantId);
  terms.add(roomTerm(tenantId, message.roomId));
  terms.add(senderTerm(tenantId, message.senderId));
  for (const has of havingOf(message)) terms.add(hasTerm(tenantId, has));
  for (const {text, isRun} of partsOf(fold(message.text)))
    if (isRun) addRun(terms, seed, text);
    else addWord(terms, seed, text);
}

/** The beginnings of a word. */
function addWord(terms: Set<number>, seed: number, word: string): void {
  let hash = seed;
  let letters = 0;
  for (const letter of word) {
    hash = hashText(hash, letter);
    letters += 1;
    if (beginnings.includes(letters)) terms.add(hash);
    if (letters === longestBeginning) return;
  }
}

/** Each character of a run, and each pair. */
function addRun(terms: Set<number>, seed: number, run: string): void {
  let before: number | undefined;
  for (const character of run) {
    if (before !== undefined) terms.add(hashText(before, character));
    before = hashText(seed, character);
    terms.add(before);
  }
}

/** The terms that every message has in which a query's part stands. None for a single letter of an alphabet. */
export function soughtTerms(tenantId: string, {text, isRun}: Part): number[] {
  const seed = tenantSeed(tenantId);
  const characters = Array.from(text);
  if (isRun) {
    const pieces = characters.length === 1 ? characters : pairsOf(characters);
    return pieces.map((piece) => hashText(seed, piece));
  }
  const longest = beginnings.findLast((length) => length <= characters.length);
  return longest === undefined ? [] : [hashText(seed, characters.slice(0, longest).join(''))];
}

function pairsOf(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, at) => characters[at]! + character);
}
