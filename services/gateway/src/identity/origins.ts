/**
 * Which pages may call. CORS does not protect WebSockets, and cookies travel with them, so requests and handshakes
 * alike are refused unless the page's origin is allowed.
 */
import {ChatError} from '@madang/protocol/errors';
import {includesOrigin} from '@madang/protocol/origins';
import type {Config} from '../config.ts';
import {publicOrigin} from './public-address.ts';
import {hostOf, protocolOf, type Call} from './trusted-proxies.ts';

const maxShownChars = 200;

export type OriginConfig = Pick<Config, 'TRUST_PROXY' | 'PUBLIC_URL' | 'ALLOWED_ORIGINS'>;

/**
 * True for a request that carries an allowed origin: the node's own under the name it was called by, PUBLIC_URL, or one
 * of ALLOWED_ORIGINS.
 *
 * Without an Origin, reading is allowed, and writing unless the browser says that another site asked for it. Browsers
 * send Origin with every write and every WebSocket handshake; scripts send none.
 */
export function isAllowedOrigin(config: OriginConfig, method: string, call: Call): boolean {
  const {origin} = call.headers;
  if (origin !== undefined) {
    return (
      origin === publicOrigin(config) ||
      includesOrigin(config.ALLOWED_ORIGINS, origin) ||
      origin === ownOrigin(config, call)
    );
  }
  if (method === 'GET' || method === 'HEAD') return true;
  const site = call.headers['sec-fetch-site'];
  return site !== 'cross-site' && site !== 'same-site';
}

/** The refusal of a page that may not call. It names the origin, since the browser does not tell the page. */
export function originRefusal(origin: string | undefined): ChatError {
  if (origin === undefined)
    return new ChatError('forbidden', {message: 'Pages of other sites may not call.'});
  const shown = origin.slice(0, maxShownChars);
  const message = `Pages of the origin ${shown} may not call: a tenant names it in the origins of its policy, or the operator in ALLOWED_ORIGINS.`;
  return new ChatError('forbidden', {message, details: {origin: shown}});
}

/**
 * The node's own origin under the name it was called by. If neither a proxy nor PUBLIC_URL indicates https, pages come
 * over http: then an https page must not count as its own.
 */
export function ownOrigin(config: OriginConfig, call: Call): string | undefined {
  const host = hostOf(config.TRUST_PROXY, call);
  if (host === undefined) return undefined;
  const publicProtocol = config.PUBLIC_URL?.startsWith('https:') ? 'https' : 'http';
  const protocol = protocolOf(config.TRUST_PROXY, call) ?? publicProtocol;
  return URL.parse(`${protocol}://${host}`)?.origin;
}
