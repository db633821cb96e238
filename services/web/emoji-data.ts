import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const {resolve} = createRequire(import.meta.url);
const prefix = 'virtual:emoji-';
/** Parts of others, such as skin tones. */
const componentGroup = 2;
/** More words would cost more than they find. */
const maxTags = 12;

type Entry = {
  hexcode: string;
  label: string;
  unicode: string;
  group?: number;
  order?: number;
  tags?: string[];
};

/** Offers the emoji of a language to the client, cut to what it shows and searches, as `virtual:emoji-en`. */
export function emojiData() {
  return {
    name: 'emoji-data',
    resolveId: (id: string) => (id.startsWith(prefix) ? `\0${id}` : undefined),
    load: (id: string) =>
      id.startsWith(`\0${prefix}`)
        ? `export default ${JSON.stringify(cutEmoji(id.slice(prefix.length + 1)))}`
        : undefined,
  };
}

/** Returns a line for each emoji, `👍|thumbs up|+1|good`, and an empty line between groups. */
export function cutEmoji(language: string): string {
  const path = resolve(`emojibase-data/${language}/compact.json`);
  const all = JSON.parse(readFileSync(path, 'utf8')) as Entry[];
  const shown = all
    .filter(({group}) => group !== undefined && group !== componentGroup)
    .sort((a, b) => a.order! - b.order!);
  const lines = shown.flatMap((entry, index) => {
    const isNext = index > 0 && groupOf(entry) !== groupOf(shown[index - 1]!);
    const line = [qualified(entry.unicode), entry.label, ...(entry.tags ?? []).slice(0, maxTags)].join('|');
    return isNext ? ['', line] : [line];
  });
  return lines.join('\n');
}

/** Faces and people are shown together. */
const groupOf = ({group}: Entry) => Math.max(1, group!);

/** Returns the spelling that is recommended for interchange. The data adds a selector where none belongs. */
function qualified(emoji: string): string {
  const bare = emoji.replaceAll('\uFE0F', '');
  return /^\p{RGI_Emoji}$/v.test(emoji) || !/^\p{RGI_Emoji}$/v.test(bare) ? emoji : bare;
}
