import {CallError, type User} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {isEndReason, phaseAfter, type EndReason} from './session-end.ts';
import {onSignedOut, tellSignedOut} from './tabs.ts';

/**
 * What the page knows about its user.
 *
 * `replaced`: still signed in, but the server closed this tab, because too many are open.
 *
 * `away`: the cluster cannot tell yet, because Redis or Postgres is down. The page asks again until it can.
 */
export type Session = {
  phase: 'starting' | 'away' | 'replaced' | 'signedOut' | 'signedIn';
  user?: User;
  /** Why the server ended the last session. The sign-in page shows it. */
  endedBecause?: EndReason;
};

const retryMs = 2_000;

export const session = createStore<Session>(() => ({phase: 'starting'}));

client.on('session', (user) => {
  const isReplaced = session.getState().phase === 'replaced';
  if (user === undefined && !isReplaced) session.setState({phase: 'signedOut', user});
  if (user !== undefined) session.setState({phase: 'signedIn', user, endedBecause: undefined});
});
client.on('signedOut', ({details}) => {
  const reason = details?.reason;
  const phase = phaseAfter(reason);
  if (phase === 'replaced') return session.setState({phase});
  session.setState({phase, user: undefined});
  if (isEndReason(reason)) session.setState({endedBecause: reason});
});

onSignedOut((userId) => {
  const {phase, user, endedBecause} = session.getState();
  // The server's event, which does not say that another tab signed out, may have arrived first.
  const isOver = phase === 'signedOut' && endedBecause === 'signed_out';
  if (user?.id !== userId && !isOver) return;
  client.disconnect();
  session.setState({phase: 'signedOut', user: undefined, endedBecause: 'other_tab'});
});

/** Finds out whether someone is signed in here, however long that takes, and connects if so. */
export async function start(): Promise<void> {
  for (;;) {
    try {
      const user = await client.me();
      session.setState({phase: 'signedIn', user});
      // From here on the client keeps the connection; `status` reports it.
      return void client.connect().catch(() => undefined);
    } catch (error) {
      if (error instanceof CallError && error.code === 'unauthenticated') {
        return session.setState({phase: 'signedOut'});
      }
      session.setState({phase: 'away'});
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

/** Signs out here, in all tabs of this browser, or on every device. */
export async function signOut(everywhere = false): Promise<void> {
  const userId = client.user?.id;
  await client.logout(everywhere ? {everywhere} : {});
  if (userId !== undefined) tellSignedOut(userId);
}
