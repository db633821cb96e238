/**
 * Returns the same key for names that are equal in composed form, whatever their case. JavaScript folds case in these two
 * steps.
 */
export function nameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** Returns the keys of display names that two or more people have. Each person gives one name. */
export function findShared(names: Iterable<string>): ReadonlySet<string> {
  const [seen, shared] = [new Set<string>(), new Set<string>()];
  for (const name of names) {
    const key = nameKey(name);
    (seen.has(key) ? shared : seen).add(key);
  }
  return shared;
}
