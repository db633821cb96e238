import {text} from './fields.ts';

/** The longest emoji have 15 UTF-16 units; later versions of Unicode may add longer ones. */
const emojiChars = 32;

/** Whether Unicode recommends this string for interchange as one emoji: what every device shows as one picture. */
function isEmoji(value: string): boolean {
  // Made here, since a browser without the flag would fail to parse a literal.
  return new RegExp('^\\p{RGI_Emoji}$', 'v').test(value);
}

/** One emoji, in its fully-qualified form. */
export const emoji = text(1, emojiChars).refine(isEmoji, 'is no emoji, or not its fully-qualified form');
