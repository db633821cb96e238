/** What is being typed that the list of completions can finish: from where, and what of it is there. */
export type Trigger = {kind: '@' | ':' | '/' | '#'; query: string; from: number};

// A name may follow an opening bracket. A colon needs two letters, because `:)` and `10:30` mean themselves.
const patterns: readonly [kind: Trigger['kind'], pattern: RegExp][] = [
  ['/', /^[/／]([^\s/／]*)$/u],
  ['@', /(?:^|[\s([{"'“‘])@([^\s@]{0,32})$/u],
  ['#', /(?:^|[\s([{"'“‘])#([^\s#]{0,32})$/u],
  [':', /(?:^|[^\p{N}:/]):([\p{L}+-][\p{L}\p{N}_+-]{1,31})$/u],
];

/** Returns what ends at the caret and can be completed. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret);
  for (const [kind, pattern] of patterns) {
    const query = pattern.exec(before)?.[1];
    if (query !== undefined) return {kind, query, from: caret - query.length - 1};
  }
  return undefined;
}

const closed = /(?:^|[^\p{N}:/]):([\p{L}+-][\p{L}\p{N}_+-]{1,31}):$/u;

/** Returns the name between two colons that ends at the caret, and where it begins. */
export function nameBefore(text: string, caret: number): {name: string; from: number} | undefined {
  const name = closed.exec(text.slice(0, caret))?.[1];
  return name === undefined ? undefined : {name, from: caret - name.length - 2};
}
