/** One emoji, with the words that find it. The first one is its name. */
export type Emoji = {emoji: string; name: string; words: readonly string[]};

/** Reads the lines that the build has cut: a list of groups. */
export function readEmoji(lines: string): Emoji[][] {
  return lines.split('\n\n').map((group) =>
    group.split('\n').map((line) => {
      const [emoji = '', name = '', ...tags] = line.split('|');
      return {emoji, name, words: [name, ...tags].map(fold)};
    }),
  );
}

/** Returns the emoji that a query finds: first those so called, then those whose words begin with it. */
export function findEmoji(groups: readonly Emoji[][], query: string, limit: number): Emoji[] {
  const wanted = fold(query);
  const ranked: Emoji[][] = [[], [], [], []];
  for (const one of groups.flat()) {
    const rank = rankOf(one, wanted);
    if (rank !== undefined) ranked[rank]!.push(one);
  }
  return ranked.flat().slice(0, limit);
}

/** Returns the emoji with exactly this name. */
export function emojiCalled(groups: readonly Emoji[][], name: string): Emoji | undefined {
  const [best] = findEmoji(groups, name, 1);
  return best?.words.includes(fold(name)) === true ? best : undefined;
}

function rankOf({words}: Emoji, wanted: string): number | undefined {
  if (words[0] === wanted) return 0;
  if (words.includes(wanted)) return 1;
  if (words[0]!.startsWith(wanted)) return 2;
  const isIn = (word: string) => word.startsWith(wanted) || word.includes(` ${wanted}`);
  return words.some(isIn) ? 3 : undefined;
}

/** An underscore stands for a space, which would end a name. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('_', ' ');
}
