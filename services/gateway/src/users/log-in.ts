import type {LoginInput, UserResult} from '@madang/protocol/users';
import type {Context, Handler} from '../context.ts';
import {sessionOf} from './session-of.ts';

/** Signs an account in by name and password. The session that the request came with, if any, ends. */
export const logIn: Handler<Context, LoginInput, UserResult> = async (ctx) => {
  const session = sessionOf(ctx);
  await session.prepare('cookie');
  const stored = await session.authenticate();
  await session.signIn(stored, 'password');
  return {user: stored.user};
};
