/** Where a browser may be redirected after signing in with a provider: only back to one of the allowed pages. */
import {includesOrigin} from '@madang/protocol/origins';
import type {OriginConfig} from './origins.ts';
import {basePath, publicOrigin} from './public-address.ts';

/**
 * The page that `given` names: a path on this cluster, or an address of an allowed origin. Anything else becomes the
 * front page, so that a link to this cluster cannot redirect people to another site.
 */
export function safeReturn(config: OriginConfig, ownOrigin: string, given: unknown): string {
  const url = typeof given === 'string' ? URL.parse(given, ownOrigin) : null;
  if (url === null) return '/';
  const path = url.pathname + url.search + url.hash;
  // `/.//elsewhere` is normalized to `//elsewhere`, which a browser takes for another host.
  if (path.startsWith('//')) return '/';
  if (url.origin === ownOrigin) return withoutBase(config, path);
  if (url.origin === publicOrigin(config)) return url.origin + path;
  return includesOrigin(config.ALLOWED_ORIGINS, url.origin) ? url.origin + path : '/';
}

/** The address of such a page for a browser: the cluster may begin below a path. */
export function addressOfPage(config: OriginConfig, page: string): string {
  return page.startsWith('/') ? basePath(config) + page : page;
}

function withoutBase(config: OriginConfig, path: string): string {
  const base = basePath(config);
  return path.startsWith(`${base}/`) ? path.slice(base.length) : path;
}

/** The sign-in page of the same front end. It shows the reason, if any, and then leads to the requested page. */
export function signInPage(config: OriginConfig, returnTo: string, reason?: string): string {
  const relative = 'http://relative.invalid';
  const {origin, pathname, search} = new URL(returnTo, relative);
  const isPublic = origin === publicOrigin(config);
  const page = new URL(`${isPublic ? basePath(config) : ''}/sign-in`, origin);
  const next = isPublic ? withoutBase(config, pathname + search) : pathname + search;
  if (reason !== undefined) page.searchParams.set('error', reason);
  if (next !== '/') page.searchParams.set('next', next);
  return origin === relative ? page.pathname + page.search : page.href;
}
