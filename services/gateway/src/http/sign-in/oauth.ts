/**
 * Sign-in with a provider: the browser is redirected there, returns with a code, and goes on to the page it came from.
 *
 * People open these addresses in their browser, so errors are no JSON: the browser is redirected to the sign-in page,
 * which shows the reason.
 */
import {ChatError} from '@madang/protocol/errors';
import {includesOrigin} from '@madang/protocol/origins';
import {Router, type Request, type Response} from 'express';
import {Passport} from 'passport';
import type {Node} from '../../node.ts';
import type {Identify} from '../../identity/identify.ts';
import {ownOrigin, type OriginConfig} from '../../identity/origins.ts';
import {withoutForeign} from '../../identity/credentials.ts';
import {basePath, publicOrigin} from '../../identity/public-address.ts';
import {addressOfPage, safeReturn, signInPage} from '../../identity/return-to.ts';
import {noteFailedSignIn} from '../../audit/sign-in-audit.ts';
import {signInIdentity, type Profile} from '../../users/sign-in-identity.ts';
import {GithubStrategy} from './github.ts';
import {createOAuthStates} from './oauth-state.ts';
import type {Sessions} from './sessions.ts';

const providerWithinMs = 10_000;

export type OAuthOptions = {
  node: Pick<Node, 'config' | 'db' | 'limits' | 'audit' | 'tenants'>;
  identify: Identify;
  sessions: Sessions;
};

/** `/github` and `/github/callback`, if GitHub is configured. */
export function oauth({node, identify, sessions}: OAuthOptions): Router {
  const router = Router({strict: true});
  const {config} = node;
  if (!config.GITHUB_CLIENT_ID || !config.GITHUB_CLIENT_SECRET) return router;
  const states = createOAuthStates(config);
  const passport = new Passport();
  passport.use(
    new GithubStrategy({
      clientId: config.GITHUB_CLIENT_ID,
      clientSecret: config.GITHUB_CLIENT_SECRET,
      baseUrl: config.GITHUB_BASE_URL,
    }),
  );

  router.get('/github', async (req, res, next) => {
    const trusting = await trustingOrigins(req);
    const returnTo = safeReturn(trusting, originOf(req), req.query['returnTo']);
    const refusal = await limit(req).catch((error: unknown) => error);
    if (refusal) return await refuse(req, res, {returnTo, reason: failureOf(req, refusal)});
    // A page of another site can redirect here without the user's intent, and a provider that knows the user asks
    // nothing: the present session would be replaced. So the user first sees a page of Madang, and presses its button.
    if (isFromElsewhere(req, [publicOrigin(config) ?? '', ...trusting.ALLOWED_ORIGINS]))
      return lead(res, signInPage(config, returnTo));
    // With these parameters the library would mistake the request for the provider's callback.
    if ('code' in req.query || 'error' in req.query) return lead(res, signInPage(config, returnTo, 'failed'));
    const options = {session: false, callbackURL: callbackOf(req), ...states.begin(req, returnTo)};
    passport.authenticate('github', options as object)(req, res, next);
  });

  router.get('/github/callback', async (req, res) => {
    const kept = states.end(req);
    const returnTo = kept?.returnTo ?? '/';
    try {
      await limit(req);
      const {state, code, error} = req.query;
      if (error !== undefined) return await refuse(req, res, {returnTo, reason: reasonOf(error)});
      if (!kept || state !== kept.state) return await refuse(req, res, {returnTo, reason: 'expired'});
      if (typeof code !== 'string') return await refuse(req, res, {returnTo, reason: 'failed'});
      await signIn(req, res, await profileOf(req, res, kept.codeVerifier));
      lead(res, returnTo);
    } catch (error) {
      await refuse(req, res, {returnTo, reason: failureOf(req, error)});
    }
  });

  /** Redirects to the sign-in page with the reason, and writes the reason to the audit log. */
  async function refuse(req: Request, res: Response, why: {returnTo: string; reason: string}): Promise<void> {
    const {returnTo, reason} = why;
    const tenant = await identify.tenantOf(req).catch(() => undefined);
    const {requestId} = req;
    const call = tenant && {tenantId: tenant.id, address: identify.addressOf(req), requestId};
    if (call) noteFailedSignIn(node.audit, call, {reason, by: 'github'});
    lead(res, signInPage(config, returnTo, reason));
  }

  function lead(res: Response, page: string): void {
    res.redirect(addressOfPage(config, page));
  }

  /** The configuration with the origins that the tenant's policy names; without them while the tenant cannot be read. */
  async function trustingOrigins(req: Request): Promise<OriginConfig> {
    const tenant = await identify.tenantOf(req).catch(() => undefined);
    return {...config, ALLOWED_ORIGINS: [...config.ALLOWED_ORIGINS, ...(tenant?.policy.origins ?? [])]};
  }

  function limit(req: Request): Promise<void> {
    return node.limits.take(node.config.RATE_LIMITS['sign-ins'], identify.addressOf(req));
  }

  /** The profile of the user to whom the returned code belongs. */
  function profileOf(req: Request, res: Response, codeVerifier: string): Promise<Profile> {
    const options = {session: false, callbackURL: callbackOf(req), codeVerifier};
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, profile?: unknown) => {
        if (error) reject(error);
        else if (profile) resolve(profile as Profile);
        else reject(new Error('GitHub refused the code'));
      };
      // The library has no time-out for the provider.
      setTimeout(() => reject(new ChatError('unavailable')), providerWithinMs).unref();
      passport.authenticate('github', options as object, settle)(req, res, reject);
    });
  }

  async function signIn(req: Request, res: Response, profile: Profile): Promise<void> {
    const {id: tenantId} = await identify.tenantOf(req);
    const given = identify.credentialOf(withoutForeign(req.headers));
    const credential = await identify.soleCredential(given, tenantId, {isOptional: true});
    Object.assign(req, {tenantId, address: identify.addressOf(req)});
    await signInIdentity({node, tenantId}, sessions.controlOf({req, res, credential}), profile);
  }

  /** The origin that the user called: tenants have their own hosts, and users return to the one they came from. */
  function originOf(req: Request): string {
    return ownOrigin(config, req) ?? 'http://localhost';
  }

  function callbackOf(req: Request): string {
    return `${originOf(req)}${basePath(config)}/auth/github/callback`;
  }

  return router;
}

/** A client without this header is not a page, or is a browser from before 2023, about which nothing is known. */
function isFromElsewhere(req: Request, ours: readonly string[]): boolean {
  const site = req.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  const referer = URL.parse(req.get('referer') ?? '');
  return referer === null || !includesOrigin(ours, referer.origin);
}

/** The code for the page; errors that are no refusals are logged. */
function failureOf(req: Request, error: unknown): string {
  if (error instanceof ChatError) return error.code;
  req.log.warn({err: error}, 'sign-in with GitHub failed');
  return 'failed';
}

/** The provider's own code, `access_denied` if the user refused; it is shown, so only a single word is accepted. */
function reasonOf(error: unknown): string {
  return typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'failed';
}
