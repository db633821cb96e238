/** Keys that find parts of a text by an index. The results are then compared with the folded text itself. */
import {ChatError} from '@madang/protocol/errors';
import {fold} from './fold.ts';
import {hashText, tenantSeed} from './hash-text.ts';

export type SearchKeys = {text: string; grams: string};

/** One character of these scripts carries meaning: a syllable, word or picture. One letter of an alphabet does not. */
const telling =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Extended_Pictographic}]/u;

/** Separates the texts of one owner; no folded text contains it. */
const separator = '\n';

/** The keys to store for a tenant's texts, so that each part of two characters or more is found. */
export function searchKeys(tenantId: string, texts: readonly string[]): SearchKeys {
  const folded = [...new Set(texts.map(fold))];
  const seed = tenantSeed(tenantId);
  const grams = folded.flatMap((text) => {
    const characters = Array.from(text);
    const single = characters.filter((character) => telling.test(character));
    return [...single, ...pieces(characters, 2), ...pieces(characters, 3)];
  });
  return {text: folded.join(separator), grams: asArray(seed, grams)};
}

/** The keys to look for. Throws `invalid` for a query that is too short. */
export function queryKeys(tenantId: string, query: string): SearchKeys {
  const text = fold(query);
  const characters = Array.from(text);
  if (characters.length < 2 && !telling.test(text)) {
    throw new ChatError('invalid', {message: 'query: write at least two letters'});
  }
  return {
    text,
    grams: asArray(tenantSeed(tenantId), pieces(characters, Math.min(characters.length, 3))),
  };
}

function pieces(characters: readonly string[], length: number): string[] {
  const count = Math.max(0, characters.length - length + 1);
  return Array.from({length: count}, (_, at) => characters.slice(at, at + length).join(''));
}

/** In the format in which Postgres reads an integer[]. */
function asArray(seed: number, grams: readonly string[]): string {
  return `{${[...new Set(grams.map((gram) => hashText(seed, gram)))].join()}}`;
}
