/** How user names and passwords stand in an address. */

/** A URL parser cuts a password at these characters: the rest becomes the host or the path, or is lost. */
export const badlyEncoded =
  'is no address that can be read; in a user name or password write # as %23, / as %2F, ? as %3F, @ as %40, % as %25';

/** Whether an address can be read in only one way. */
export function isReadableUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const {username, password, pathname, search, hash} = new URL(text);
  const isCut = hash !== '' || text.includes('#') || `${pathname}${search}`.includes('@');
  return !isCut && [username, password].every((part) => decoded(part) !== undefined);
}

export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
