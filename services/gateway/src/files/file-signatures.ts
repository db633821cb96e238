/** Signatures for image addresses: each acts as the credential of one caller, for one image and one hour. */
import {sign, unsign} from 'cookie-signature';

/** `keyId`: set for a caller with a service key, whose scopes are checked. */
export type SignedReader = {tenantId: string; userId: string; keyId?: string | undefined};

const lastsMs = 3_600_000;

/** What to append to an image's address, and when that expires. The first secret signs. */
export function signFile(
  fileId: string,
  {tenantId, userId, keyId}: SignedReader,
  secrets: readonly string[],
): {signature: string; expiresAt: string} {
  const [current] = secrets;
  if (current === undefined) throw new Error('there is no secret to sign with');
  // Whole seconds, as in the address.
  const expiresAt = Math.floor((Date.now() + lastsMs) / 1_000);
  const claim = [tenantId, userId, ...(keyId === undefined ? [] : [keyId]), expiresAt].join('.');
  const signed = sign(signedText(fileId, claim), current);
  return {
    signature: claim + signed.slice(signed.lastIndexOf('.')),
    expiresAt: new Date(expiresAt * 1_000).toISOString(),
  };
}

/** The caller whose signature it is; undefined if it does not fit this image, or has expired. */
export function readFileSignature(
  fileId: string,
  signature: string,
  secrets: readonly string[],
): SignedReader | undefined {
  const [, claim, tenantId, userId, keyId, expiresAt] =
    /^(([0-9a-f-]{36})\.([0-9a-f-]{36})(?:\.([0-9a-f-]{36}))?\.(\d{1,12}))\.[\w+/]{43}$/.exec(signature) ??
    [];
  if (!claim || !tenantId || !userId || Number(expiresAt) * 1_000 <= Date.now()) return undefined;
  const signed = signedText(fileId, claim) + signature.slice(claim.length);
  return secrets.some((secret) => unsign(signed, secret) !== false) ? {tenantId, userId, keyId} : undefined;
}

/** No session id begins like this: a signature made for one purpose is invalid for any other. */
function signedText(fileId: string, claim: string): string {
  return `file.${fileId.toLowerCase()}.${claim}`;
}
