/** How a request over HTTP signs in and out. `http/` implements it; features know only these types. */
import type {ListedSession} from '@madang/protocol/users';
import type {StoredUser} from '@madang/database/users/users';
import type {User} from '@madang/protocol/users';

/** The user who signs in; with the key whose ticket is the proof, if a ticket is. */
export type SigningIn = StoredUser & {keyId?: string};

/** The proof with which a user signed in; for the audit log. */
export type SignInBy = 'password' | 'registration' | 'guest' | 'ticket' | 'github' | 'jwt';

export type SessionControl = {
  /** For the session that signIn would begin; a guest's colour is derived from it. */
  readonly seed: string;
  /**
   * Call this before writing anything that only a signed-in user needs. Throws `unavailable` while no session can be
   * stored, and `invalid` if a cookie would be set for a client that sends a token: it would send both from then on.
   */
  prepare(by: 'cookie' | 'token'): Promise<void>;
  /** The account whose name and password the request carries; `wrong_password` if no account has them. */
  authenticate(): Promise<StoredUser>;
  /** The guest whose session the request came with. Throws `unauthenticated` without a session, `forbidden` for others. */
  guest(): Promise<User>;
  /** Makes a new session for the user, with a new id; the session that the request came with ends. */
  signIn(user: SigningIn, by: SignInBy): Promise<void>;
  /** The same without a cookie: returns the token that the app presents from then on. */
  signInByToken(user: SigningIn, by: SignInBy): Promise<string>;
  /** Ends the request's session; with `everywhere`, all of the user's on all devices. Works while Redis is away. */
  signOut(options: {everywhere: boolean}): Promise<void>;
  /** The valid sessions of the user, the newest first. */
  list(userId: string): Promise<ListedSession[]>;
  /** Ends one session of the user. Returns false if the user has no such session. */
  end(userId: string, sessionHash: string): Promise<boolean>;
  /** Forgets from where a deleted user has signed in. */
  forgetList(userId: string): void;
  /** Clears the cookie of an ended session: a script cannot, and beside a token it would cause refusals. */
  forgetCookie(): void;
};
