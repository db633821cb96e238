/** What a user sees of their sessions, and how they end one. */
import type {ListedSession} from '@madang/protocol/users';
import type {SessionList} from '../../identity/session-list.ts';
import {fromOf, type Exchange} from './exchange.ts';
import type {SignOut} from './sign-out.ts';

export function createListedSessions(list: SessionList, signOut: Pick<SignOut, 'endOne' | 'forgetCookie'>) {
  /** The session that the request came with, if it is one of the user. */
  const currentOf = ({credential}: Exchange, userId: string) =>
    (credential?.from === 'cookie' || credential?.from === 'token') && credential.userId === userId
      ? credential
      : undefined;

  return {
    async list(exchange: Exchange, userId: string): Promise<ListedSession[]> {
      const current = currentOf(exchange, userId);
      // A session that began before there was a list, or whose list was lost, comes back by its own call.
      if (current && !(await list.has(userId, current.sessionHash)))
        await list.note(current, fromOf(exchange.req));
      const sessions = await list.list(userId);
      return sessions.map((session) => ({...session, current: session.id === current?.sessionHash}));
    },

    async end(exchange: Exchange, userId: string, sessionHash: string): Promise<boolean> {
      const isCurrent = currentOf(exchange, userId)?.sessionHash === sessionHash;
      if (!isCurrent && !(await list.has(userId, sessionHash))) return false;
      await signOut.endOne(exchange, {userId, sessionHash});
      if (isCurrent) signOut.forgetCookie(exchange);
      return true;
    },
  };
}
