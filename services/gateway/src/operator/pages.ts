/**
 * The operators' page, on the metrics port, which no client reaches. It exists only with OPERATOR_SECRET, and every file of
 * it asks for that secret: as the password of HTTP's Basic scheme, whatever the name, or as `Bearer`.
 */
import {createHash, timingSafeEqual} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Pages} from '@madang/runtime/metrics';

export type OperatorPagesOptions = {
  secret: string;
  /** What the page shows. */
  status(): Promise<object>;
};

/** How long the answer to a wrong secret takes, and how many may be pending; a faster guesser is refused at once. */
const wrongMs = 1_000;
const mostWaiting = 10;

const security = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const files: Record<string, [name: string, type: string]> = {
  '/operator': ['page.html', 'text/html; charset=utf-8'],
  '/operator/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/operator/page.css': ['page.css', 'text/css; charset=utf-8'],
};

export function createOperatorPages({secret, status}: OperatorPagesOptions): Pages {
  let waiting = 0;

  async function refuse() {
    const challenge = {...security, 'www-authenticate': 'Basic realm="Madang", charset="UTF-8"'};
    if (waiting >= mostWaiting) return {status: 429, headers: {...security, 'retry-after': '1'}, body: ''};
    waiting += 1;
    await sleep(wrongMs, undefined, {ref: false});
    waiting -= 1;
    return {status: 401, headers: challenge, body: 'The password is OPERATOR_SECRET.\n'};
  }

  return async ({path, authorization}) => {
    const isAsked = authorization !== undefined;
    if (!isAsked)
      return {
        status: 401,
        headers: {...security, 'www-authenticate': 'Basic realm="Madang", charset="UTF-8"'},
        body: '',
      };
    if (!isSame(secretIn(authorization), secret)) return refuse();
    if (path === '/operator/status') {
      return {
        status: 200,
        headers: {...security, 'content-type': 'application/json'},
        body: JSON.stringify(await status()),
      };
    }
    const [name, type] = files[path] ?? [];
    if (name === undefined) return {status: 404, headers: security, body: ''};
    const body = readFileSync(new URL(name, import.meta.url), 'utf8');
    return {status: 200, headers: {...security, 'content-type': type!}, body};
  };
}

function secretIn(authorization: string): string {
  const [, scheme = '', value = ''] = /^(\w+) +(.*)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
