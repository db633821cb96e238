import {fold} from '../src/names/fold.ts';

const inRun =
  /^(?:(?=[\p{L}\p{M}\p{N}])[\p{scx=Hang}\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]|\p{ExtPict}|\p{RI}|\p{EMod})$/u;
const inWord = /^[\p{L}\p{M}\p{N}]$/u;
const kindOf = (character: string) =>
  inRun.test(character) ? 'run' : inWord.test(character) ? 'word' : 'none';

/** Whether a text has these words: a scan that knows nothing of terms, character by character. */
export function scan(words: string, text: string): boolean {
  const tokens: {kind: string; text: string}[] = [];
  for (const character of Array.from(fold(words))) {
    const kind = kindOf(character);
    if (tokens.at(-1)?.kind === kind) tokens.at(-1)!.text += character;
    else tokens.push({kind, text: character});
  }
  const folded = fold(text);
  // Most texts do not have it anywhere.
  if (!tokens.every(({kind, text: token}) => kind === 'none' || folded.includes(token))) return false;
  const characters = Array.from(folded);
  return tokens.every(
    ({kind, text: token}) =>
      kind === 'none' ||
      characters.some(
        (_, at) =>
          characters.slice(at).join('').startsWith(token) &&
          (kind === 'run' || kindOf(characters[at - 1] ?? ' ') !== 'word'),
      ),
  );
}
