/** Rejects new passwords that an attacker tries first. */
import {dictionary} from '@zxcvbn-ts/language-common';
import {ChatError} from '@madang/protocol/errors';

/** Collected from leaks, in lower case, by zxcvbn-ts; its estimator would cost up to seconds for a long password. */
const common = new Set<string>(dictionary['passwords-common']);

/** A common word with digits around it is guessed right after the word itself, unless the whole is long. */
const longChars = 16;

const lookalikes = new Map(
  Object.entries({'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i'}),
);

/** Throws `invalid`, with advice, for a password that is guessed early. Linear in its bounded length. */
export function requireGoodPassword(password: string, username: string): void {
  const plain = password.normalize('NFKC').toLowerCase();
  if (!isCommon(plain) && !isPattern(plain) && !isName(plain, username.normalize('NFKC').toLowerCase()))
    return;
  throw new ChatError('invalid', {
    message:
      'This password is easily guessed. Choose a less common one, such as three words that belong to nothing.',
    details: {reason: 'guessable_password'},
  });
}

function isCommon(plain: string): boolean {
  const spelledOut = Array.from(plain)
    .map((character) => lookalikes.get(character) ?? character)
    .join('');
  const word = withoutAffixes(plain);
  const spelledOutWord = withoutAffixes(
    Array.from(word)
      .map((character) => lookalikes.get(character) ?? character)
      .join(''),
  );
  if ([plain, spelledOut].some((candidate) => common.has(candidate))) return true;
  return plain.length < longChars && [word, spelledOutWord].some((candidate) => common.has(candidate));
}

/** The password without digits and signs before its first and after its last letter. */
function withoutAffixes(plain: string): string {
  const characters = Array.from(plain);
  const isLetter = (character: string) => /\p{L}/u.test(character);
  const first = characters.findIndex(isLetter);
  const last = characters.findLastIndex(isLetter);
  return characters.slice(Math.max(first, 0), last + 1).join('');
}

/** Three characters or fewer, one piece repeated, or steps of equal width: `12345678`, `hgfedcba`. */
function isPattern(plain: string): boolean {
  const characters = Array.from(plain);
  if (new Set(characters).size <= 3) return true;
  const half = Math.floor(characters.length / 2);
  for (let width = 1; width <= half; width += 1) {
    if (characters.every((character, at) => character === characters[at % width])) return true;
  }
  const codes = characters.map((character) => character.codePointAt(0) ?? 0);
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  const steps = codes.slice(1).map((code, at) => code - (codes[at] ?? 0));
  const ofSameWidth = steps.filter((width) => width === step && Math.abs(width) <= 1).length;
  return ofSameWidth >= steps.length - 1;
}

/** The account's own name, forwards or backwards, with at most four additional characters. */
function isName(plain: string, username: string): boolean {
  const backwards = Array.from(username).toReversed().join('');
  return [username, backwards].some((name) => plain.includes(name) && plain.length - name.length <= 4);
}
