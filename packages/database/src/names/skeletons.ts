/** Which names look alike: skeletons by the confusables of UTS #39, as `unhomoglyph` provides them (Unicode 13). */
import confusables from 'unhomoglyph/data.json' with {type: 'json'};
import {caseFold, withoutAccents} from './fold.ts';

const prototypes: ReadonlyMap<string, string> = new Map(Object.entries(confusables));

/**
 * The form in which names that look alike are equal. Unlike the skeleton of UTS #39 it ignores case, accents and
 * spaces, and treats `i` as `l`, since a capital `I` may be either.
 *
 * It is applied twice: a letter may look like a capital (Cyrillic В) whose lower-case form looks like another letter.
 */
export function skeleton(name: string): string {
  const capitals = withPrototypes(withoutAccents(name));
  const small = withPrototypes(caseFold(withoutAccents(capitals)));
  const form = caseFold(withoutAccents(small))
    .replace(/[\s\p{Z}]/gu, '')
    .replaceAll('i', 'l');
  return form || name;
}

function withPrototypes(text: string): string {
  return Array.from(text, (character) => prototypes.get(character) ?? character).join('');
}
