/** Returns a pattern that finds any of the names after an `@`. Of names that begin alike, the longest is meant. */
export function mentionPattern(names: readonly string[]): RegExp {
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  const alternatives = longestFirst.map((name) => name.replaceAll(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`@(${alternatives.join('|')})`, 'u');
}
