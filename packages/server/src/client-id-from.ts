import {createHash} from 'node:crypto';

/** The namespace for addresses and any other text, from RFC 9562. Python calls it `uuid.NAMESPACE_URL`. */
const namespace = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/**
 * Returns the `clientId` of a text, such as the id of an event that is answered or of an old message that is imported. The
 * same text always gives the same `clientId`, so a message that is sent twice is stored once.
 */
export function clientIdFrom(text: string): string {
  const bytes = createHash('sha1').update(namespace).update(text).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
