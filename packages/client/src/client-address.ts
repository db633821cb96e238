/** The origin of a cluster's address; of the page where none is given. Throws TypeError that says what is missing. */
export function checkedOrigin(url: string | undefined): string {
  const address: unknown = url ?? pageOrigin();
  if (typeof address !== 'string' || !URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new TypeError(
      `createClient needs a url such as https://chat.example, not ${JSON.stringify(address)}.`,
    );
  }
  return new URL(address).origin;
}

/** A session token or a service key as it can be sent. Never shows it. */
export function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || (typeof token === 'string' && /^[!-~]+$/.test(token))) return token;
  throw new TypeError('createClient needs a token without spaces and line breaks, such as mds_…, or none.');
}

function pageOrigin(): string {
  const {location} = globalThis as {location?: {origin: string}};
  if (location === undefined) throw new TypeError('createClient needs a url outside a browser.');
  return location.origin;
}
