/**
 * Returns the cluster's address without a slash at its end, or the page's origin if none is given. A cluster may begin below
 * a path, such as `https://example.com/chat`. Throws TypeError that says what is missing.
 */
export function checkedAddress(url: string | undefined): string {
  const address: unknown = url ?? pageOrigin();
  if (typeof address !== 'string' || !URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new TypeError(
      `createClient needs a url such as https://chat.example, not ${JSON.stringify(address)}.`,
    );
  }
  const {origin, pathname} = new URL(address);
  return origin + pathname.replace(/\/+$/, '');
}

/** Checks that a session token or service key can be sent in a header. The error never shows the token. */
export function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || (typeof token === 'string' && /^[!-~]+$/.test(token))) return token;
  throw new TypeError('createClient needs a token without spaces and line breaks, such as mds_…, or none.');
}

function pageOrigin(): string {
  const {location} = globalThis as {location?: {origin: string}};
  if (location === undefined) throw new TypeError('createClient needs a url outside a browser.');
  return location.origin;
}
