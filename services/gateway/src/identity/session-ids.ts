/**
 * The ids of sessions: `<user id>.<session epoch>.<32 random characters>`, signed wherever they leave the process.
 * Sessions begun by a ticket use format 2: `2.<user id>.<session epoch>.<key id>.<32 random characters>`, so that
 * revoking the key that made the ticket ends the session. Both formats are read. SESSION_ID_FORMAT says which one is
 * written, since the previous release reads only format 1.
 *
 * User and epoch are in the id so that Postgres alone can tell whether a session was revoked: while Redis is away,
 * signing out works, and a revoked session is refused. Only the hash of an id is ever stored or logged.
 */
import {createHash, randomBytes} from 'node:crypto';
import {sign, unsign} from 'cookie-signature';

export type SessionId = {
  userId: string;
  epoch: number;
  sessionHash: string;
  /** The key whose ticket began the session, if the id names one. */
  ticketKeyId?: string;
};

export const tokenPrefix = 'mds_';

export function newSessionId(
  {userId, epoch, ticketKeyId}: Omit<SessionId, 'sessionHash'>,
  secret = newSecret(),
): string {
  return ticketKeyId === undefined
    ? `${userId}.${epoch}.${secret}`
    : `2.${userId}.${epoch}.${ticketKeyId}.${secret}`;
}

/** The secret part of a session id. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** The parts of a session id that this installation made; undefined for anything else. */
export function parseSessionId(id: string): SessionId | undefined {
  const [, second, userId, epoch, keyId] =
    /^(2\.)?([0-9a-f-]{36})\.(\d{1,10})\.(?:([0-9a-f-]{36})\.)?[\w-]{32}$/.exec(id) ?? [];
  if (!userId || !epoch || (second === undefined) !== (keyId === undefined)) return undefined;
  const parts = {userId, epoch: Number(epoch), sessionHash: hashOf(id)};
  return keyId === undefined ? parts : {...parts, ticketKeyId: keyId};
}

export function hashOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}

/** The token that an app presents as `Authorization: Bearer`, or in the handshake. The first secret signs. */
export function tokenOf(sessionId: string, secrets: readonly string[]): string {
  const [current] = secrets;
  if (current === undefined) throw new Error('there is no secret to sign with');
  return tokenPrefix + sign(sessionId, current);
}

export function readToken(token: string, secrets: readonly string[]): SessionId | undefined {
  return token.startsWith(tokenPrefix) ? readSigned(token.slice(tokenPrefix.length), secrets) : undefined;
}

/** Reads a cookie's value as express-session writes it. */
export function readCookie(value: string, secrets: readonly string[]): SessionId | undefined {
  return value.startsWith('s:') ? readSigned(value.slice(2), secrets) : undefined;
}

function readSigned(signed: string, secrets: readonly string[]): SessionId | undefined {
  for (const secret of secrets) {
    const id = unsign(signed, secret);
    if (id !== false) return parseSessionId(id);
  }
  return undefined;
}
