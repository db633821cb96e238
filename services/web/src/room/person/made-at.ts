/** Returns when a user was made. The id, a UUID of version 7, begins with the time; others tell nothing. */
export function madeAt(userId: string): Date | undefined {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(userId) ?? [];
  return high === undefined ? undefined : new Date(Number.parseInt(`${high}${low}`, 16));
}
