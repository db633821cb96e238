/**
 * The state of a sign-in with a provider. A provider's answer is valid only in the browser that was sent there: the
 * state in the address must equal the one in a signed cookie, for ten minutes and one try. No session exists yet to
 * keep it.
 */
import {createHash, createHmac, randomBytes} from 'node:crypto';
import {parseCookie} from 'cookie';
import {sign, unsign} from 'cookie-signature';
import type {Request} from 'express';
import {z} from 'zod';
import type {Config} from '../../config.ts';
import {sessionCookie} from '../../identity/session-cookie.ts';

const validMs = 10 * 60_000;
/** Proves to the provider that the code comes from the browser that was sent there (RFC 7636). */
const verifierOf = (state: string, secret: string) =>
  createHmac('sha256', secret).update(`code verifier of ${state}`).digest('base64url');

/** The challenge that the provider gets before the verifier itself. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

const kept = z.object({state: z.string(), returnTo: z.string(), until: z.number()});
export type KeptState = z.infer<typeof kept> & {codeVerifier: string};

export type OAuthStates = ReturnType<typeof createOAuthStates>;

export function createOAuthStates(config: Config) {
  const secrets = config.SESSION_SECRET;
  const session = sessionCookie(config);
  const name = `${session.name}-oauth`;
  // The provider's redirect comes from another site, and a `strict` cookie would not be sent with it.
  const {secure} = session.flags;
  const flags = {path: '/', httpOnly: true, secure, sameSite: 'lax'} as const;

  return {
    /** Keeps a new state in the browser, and returns it. Its verifier is derived and stored nowhere. */
    begin(req: Request, returnTo: string): {state: string; codeVerifier: string} {
      const state = randomBytes(24).toString('base64url');
      const text = JSON.stringify({state, returnTo, until: Date.now() + validMs});
      const value = sign(Buffer.from(text).toString('base64url'), secrets[0]!);
      req.res!.cookie(name, value, {...flags, maxAge: validMs});
      return {state, codeVerifier: verifierOf(state, secrets[0]!)};
    },
    /** Takes the state from the browser; undefined if there is none, or it has expired. */
    end(req: Request): KeptState | undefined {
      const value = parseCookie(req.headers.cookie ?? '')[name];
      if (value === undefined) return undefined;
      req.res!.clearCookie(name, flags);
      for (const secret of secrets) {
        const signed = unsign(value, secret);
        if (signed === false) continue;
        const state = kept.parse(JSON.parse(Buffer.from(signed, 'base64url').toString()));
        const codeVerifier = verifierOf(state.state, secret);
        return state.until > Date.now() ? {...state, codeVerifier} : undefined;
      }
      return undefined;
    },
  };
}
