import {createHmac, timingSafeEqual} from 'node:crypto';

export const cookieName = 'order-desk';

const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('base64url');

/** Returns the value of a cookie that names a person, and that nobody else can create. */
export function signCookie(personId: string, secret: string): string {
  return `${personId}.${sign(personId, secret)}`;
}

/** Returns the person that the request's cookie names, or undefined if it has none that was signed here. */
export function readCookie(header: string | undefined, secret: string): string | undefined {
  const pairs = (header ?? '').split(/;\s*/).map((pair) => pair.split('='));
  const value = pairs.find(([name]) => name === cookieName)?.[1] ?? '';
  const [personId = '', signature = ''] = value.split('.');
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(personId, secret))];
  return given.length === right.length && timingSafeEqual(given, right) ? personId : undefined;
}
