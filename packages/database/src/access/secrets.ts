/** Secrets that are shown once and stored as a hash: keys and tickets. They are random, so a plain hash suffices. */
import {createHash, randomBytes} from 'node:crypto';

export function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** Whether newSecret can have made it: 32 bytes, whose last character stands for four bits. */
export function isSecret(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(text.slice(prefix.length));
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
