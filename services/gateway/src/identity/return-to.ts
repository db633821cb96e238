/** Where a browser may be redirected after signing in with a provider: only back to one of the allowed pages. */
import type {OriginConfig} from './origins.ts';

/**
 * The page that `given` names: a path of this origin, or an address of an allowed origin. Anything else becomes the
 * front page, so that a link to this cluster cannot redirect people to another site.
 */
export function safeReturn(config: OriginConfig, ownOrigin: string, given: unknown): string {
  const url = typeof given === 'string' ? URL.parse(given, ownOrigin) : null;
  if (url === null) return '/';
  const path = url.pathname + url.search + url.hash;
  // `/.//elsewhere` is normalized to `//elsewhere`, which a browser takes for another host.
  if (path.startsWith('//')) return '/';
  if (url.origin === ownOrigin) return path;
  const isOurs = url.origin === config.PUBLIC_URL || config.ALLOWED_ORIGINS.includes(url.origin);
  return isOurs ? url.origin + path : '/';
}

/** The sign-in page of the same front end. It shows the reason, if any, and then leads to the requested page. */
export function signInPage(returnTo: string, reason?: string): string {
  const relative = 'http://relative.invalid';
  const {origin, pathname, search} = new URL(returnTo, relative);
  const page = new URL('/sign-in', origin);
  if (reason !== undefined) page.searchParams.set('error', reason);
  if (pathname + search !== '/') page.searchParams.set('next', pathname + search);
  return origin === relative ? page.pathname + page.search : page.href;
}
