/** How a request over HTTP signs in and out. `http/` implements it; features know only these types. */
import type {StoredUser} from '@madang/database/users/users';

/** Who signs in; with the key whose ticket is the proof, where it is one. */
export type SigningIn = StoredUser & {keyId?: string};

/** The proof with which a user signed in; for the audit log. */
export type SignInBy = 'password' | 'registration' | 'guest' | 'ticket' | 'github' | 'jwt';

export type SessionControl = {
  /** Of the session that signIn would begin; what a colour is derived from. */
  readonly seed: string;
  /**
   * Asked before anything is written that only a signed-in user has use of. Throws `unavailable` while no session could
   * be kept, and `invalid` where a cookie would be set for a client that sends a token: it would send both from then on.
   */
  prepare(by: 'cookie' | 'token'): Promise<void>;
  /** The account whose name and password the request carries; `wrong_password` if they are none's. */
  authenticate(): Promise<StoredUser>;
  /** Makes a new session for the user, with a new id; whatever the request came with has ended. */
  signIn(user: SigningIn, by: SignInBy): Promise<void>;
  /** The same without a cookie: the answer is what an app presents from then on. */
  signInByToken(user: SigningIn, by: SignInBy): Promise<string>;
  /** Ends the request's session, everywhere for all of the user's with `everywhere`. Works while Redis is away. */
  signOut(options: {everywhere: boolean}): Promise<void>;
  /** Takes a cookie back whose session has ended: a script cannot, and sent beside a token it would be refused each time. */
  forgetCookie(): void;
};
