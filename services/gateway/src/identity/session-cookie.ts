/** The name and flags of the session cookie. */
import type {Config} from '../config.ts';

export type CookieConfig = Pick<
  Config,
  'PUBLIC_URL' | 'COOKIE_NAME' | 'COOKIE_SAME_SITE' | 'SESSION_MAX_SECONDS'
>;

/**
 * The cookie lives as long as a session can at most; the store decides how long the session may be idle.
 *
 * `__Host-` binds it to this host and to https, so that a page of a sibling domain cannot plant one. Browsers accept that
 * name only with the path `/`, so that clusters below different paths of one host differ by COOKIE_NAME.
 */
export function sessionCookie(config: CookieConfig) {
  const isCrossSite = config.COOKIE_SAME_SITE === 'none';
  // Browsers accept SameSite=None only over https.
  const secure = isCrossSite || (config.PUBLIC_URL?.startsWith('https:') ?? false);
  return {
    name: secure ? `__Host-${config.COOKIE_NAME}` : config.COOKIE_NAME,
    flags: {
      path: '/',
      httpOnly: true,
      secure,
      sameSite: config.COOKIE_SAME_SITE,
      ...(isCrossSite ? {partitioned: true} : {}),
    },
    maxAgeMs: config.SESSION_MAX_SECONDS * 1_000,
  };
}
