/** Secrets that are shown once and kept as a hash: keys and tickets. They are random, so that a plain hash suffices. */
import {createHash, randomBytes} from 'node:crypto';

export function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url');
}

export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
