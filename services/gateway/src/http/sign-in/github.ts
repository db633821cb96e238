/** GitHub, or a GitHub Enterprise Server, as an OAuth provider. */
import OAuth2Strategy from 'passport-oauth2';
import {z} from 'zod';
import {challengeOf} from './oauth-state.ts';
import type {Profile} from '../../users/sign-in-identity.ts';

/** Part of the options of `authenticate`, both on the way to GitHub and on the way back. */
export type Proof = {codeVerifier?: string};
export type GithubConfig = {clientId: string; clientSecret: string; baseUrl: string};

const profileWithinMs = 5_000;
const user = z.object({
  id: z.union([z.number(), z.string().min(1)]),
  login: z.string().min(1),
  name: z.string().nullish(),
});

/** Redirects to GitHub and, with the returned code, finds out who signed in. It requests no other data. */
export class GithubStrategy extends OAuth2Strategy {
  override name = 'github';
  // No #private: passport runs a strategy through objects that only inherit from it.
  readonly userUrl: string;

  /** Has no store for states: the caller makes them, and compares them before calling this. */
  constructor({clientId, clientSecret, baseUrl}: GithubConfig) {
    super(
      {
        clientID: clientId,
        clientSecret,
        authorizationURL: `${baseUrl}/login/oauth/authorize`,
        tokenURL: `${baseUrl}/login/oauth/access_token`,
        customHeaders: {'User-Agent': 'madang'},
      },
      (_accessToken: string, _refreshToken: string, profile: Profile, done: OAuth2Strategy.VerifyCallback) =>
        done(null, profile as unknown as Express.User),
    );
    const api = baseUrl === 'https://github.com' ? 'https://api.github.com' : `${baseUrl}/api/v3`;
    this.userUrl = `${api}/user`;
  }

  override authorizationParams({codeVerifier}: Proof): object {
    return codeVerifier ? {code_challenge: challengeOf(codeVerifier), code_challenge_method: 'S256'} : {};
  }

  override tokenParams({codeVerifier}: Proof): object {
    return codeVerifier ? {code_verifier: codeVerifier} : {};
  }

  override userProfile(accessToken: string, done: (error: unknown, profile?: Profile) => void): void {
    readUser(this.userUrl, accessToken).then((profile) => done(null, profile), done);
  }
}

async function readUser(url: string, accessToken: string): Promise<Profile> {
  const answer = await fetch(url, {
    headers: {authorization: `Bearer ${accessToken}`, accept: 'application/json', 'user-agent': 'madang'},
    signal: AbortSignal.timeout(profileWithinMs),
  });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status} when asked who signed in`);
  const {id, login, name} = user.parse(await answer.json());
  return {provider: 'github', subject: String(id), login, name};
}
