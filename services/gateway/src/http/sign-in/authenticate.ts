import {findUserByName, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {Request} from 'express';
import {noteFailedSignIn} from '../../audit/sign-in-audit.ts';
import type {Node} from '../../node.ts';
import {callOf, type Exchange} from './exchange.ts';
import type {AppPassport} from './passport.ts';

/** The refusals that the audit log records. */
const notedRefusals = new Set(['wrong_password', 'rate_limited', 'forbidden']);

/** Makes the function that returns the account whose name and password a request carries, and notes each refusal. */
export function createAuthenticate(node: Pick<Node, 'db' | 'audit'>, passport: AppPassport) {
  return async function authenticate({req, res}: Exchange): Promise<StoredUser> {
    try {
      return await passport.authenticate(req, res);
    } catch (error) {
      if (error instanceof ChatError && notedRefusals.has(error.code)) {
        const failure = {reason: error.code, userId: await namedUser(req), by: 'password'} as const;
        noteFailedSignIn(node.audit, callOf(req), failure);
      }
      throw error;
    }
  };

  /**
   * The account whose name was given, so that its owner can see the attempt. An unknown name may be a password, so it
   * is not recorded.
   */
  async function namedUser(req: Request): Promise<string | undefined> {
    const {username} = (req.body ?? {}) as {username?: unknown};
    if (typeof username !== 'string') return undefined;
    const {tenantId} = req;
    const found = await findUserByName(node.db, {tenantId, name: username.trim()}).catch(() => undefined);
    return found?.user.id;
  }
}
