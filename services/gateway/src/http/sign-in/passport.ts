/** Passport as Madang uses it: finding out whose name and password a request carries, and signing in. */
import type {StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {Request, Response} from 'express';
import {Passport} from 'passport';
import {Strategy as LocalStrategy} from 'passport-local';
import type {Node} from '../../node.ts';
import type {KnownDevices} from './known-devices.ts';
import {verifyAccount} from '../../users/check-password.ts';

declare global {
  namespace Express {
    interface User extends StoredUser {}
    interface Request {
      tenantId: string;
      address: string;
    }
  }
}

export function createPassport(node: Pick<Node, 'db' | 'limits' | 'passwords'>, devices: KnownDevices) {
  const passport = new Passport();
  passport.use(
    new LocalStrategy({passReqToCallback: true, session: false}, (req, username, password, done) => {
      const {tenantId, address} = req;
      const deviceOf = (userId: string) => devices.idFor(req.headers, userId);
      verifyAccount(node, {tenantId, address, username, password, deviceOf}).then(
        (user) => done(null, user),
        done,
      );
    }),
  );
  passport.serializeUser<string, Request>((req, stored, done) => {
    // Called between the creation of the new session and its only save.
    req.session.createdAt = Date.now();
    if (stored.user.kind === 'guest') req.session.isUnseen = true;
    done(null, stored.user.id);
  });
  const initialize = passport.initialize({compat: false});

  return {
    /** The account whose name and password the body carries; `wrong_password` if there is none. */
    authenticate: (req: Request, res: Response): Promise<StoredUser> =>
      new Promise((resolve, reject) => {
        const settle = (error: unknown, user?: StoredUser | false) => {
          if (error) reject(error);
          else if (user) resolve(user);
          else reject(new ChatError('wrong_password'));
        };
        passport.authenticate('local', {session: false}, settle)(req, res, reject);
      }),
    /** Gives the request the user's new session, with a new id. The request must have one of express-session. */
    login: (req: Request, res: Response, stored: StoredUser): Promise<void> =>
      new Promise((resolve, reject) => {
        initialize(req, res, () => req.login(stored, (error) => (error ? reject(error) : resolve())));
      }),
  };
}

export type AppPassport = ReturnType<typeof createPassport>;
