import {CallError, path} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client, clusterAddress} from './client.ts';

/** An act of the user's own that takes from nobody else. It is done after a while, unless the user takes it back. */
export type Act =
  | {kind: 'delete'; roomId: string; seq: number}
  | {kind: 'leave'; roomId: string; title: string};

const undoMs = 5_000;
const retryMs = 2_000;

/** The acts that are not done yet, and the deletions that are. A left room is gone from the list by itself. */
export const acts = createStore<{waiting: readonly Act[]; done: readonly Act[]}>(() => ({
  waiting: [],
  done: [],
}));

const timers = new Map<Act, ReturnType<typeof setTimeout>>();

/** Does something in five seconds, or when the page is closed. */
export function doSoon(act: Act): void {
  acts.setState(({waiting}) => ({waiting: [...waiting, act]}));
  hurry(act);
}

/** Gives the user all the time they need, for as long as they point at the button or have the focus on it. */
export function holdOn(act: Act): void {
  clearTimeout(timers.get(act));
}

/** Lets the time run, from the start. */
export function hurry(act: Act): void {
  if (!acts.getState().waiting.includes(act)) return;
  clearTimeout(timers.get(act));
  timers.set(
    act,
    setTimeout(() => void run(act), undoMs),
  );
}

export function takeBack(act: Act): void {
  clearTimeout(timers.get(act));
  timers.delete(act);
  acts.setState(({waiting}) => ({waiting: waiting.filter((one) => one !== act)}));
}

/** Returns the deletion of a message that is waiting or done. */
export function deletionOf(list: readonly Act[], roomId: string, seq: number): Act | undefined {
  return list.find((act) => act.kind === 'delete' && act.roomId === roomId && act.seq === seq);
}

/** Returns the leaving of a room that is waiting. */
export function leavingOf(list: readonly Act[], roomId: string): Act | undefined {
  return list.find((act) => act.kind === 'leave' && act.roomId === roomId);
}

async function run(act: Act): Promise<void> {
  timers.delete(act);
  try {
    await (act.kind === 'delete'
      ? client.call('message:delete', {roomId: act.roomId, seq: act.seq})
      : client.call('room:leave', {roomId: act.roomId}));
    // Until its entry arrives, the message stays hidden.
    if (act.kind === 'delete') acts.setState(({done}) => ({done: [...done, act]}));
    takeBack(act);
  } catch (error) {
    const mayRetry = error instanceof CallError && error.retryable;
    if (mayRetry)
      timers.set(
        act,
        setTimeout(() => void run(act), retryMs),
      );
    else takeBack(act);
  }
}

// A page that is being closed waits for nothing. The browser finishes these requests.
addEventListener('pagehide', () => {
  for (const act of acts.getState().waiting) {
    const [method, address] =
      act.kind === 'delete'
        ? ['DELETE', path`/rooms/${act.roomId}/messages/${String(act.seq)}`]
        : ['POST', path`/rooms/${act.roomId}/leave`];
    void fetch(clusterAddress(`/api/v1${address}`), {method, credentials: 'include', keepalive: true});
    takeBack(act);
  }
});
client.on('session', (user) => {
  if (user === undefined) for (const act of acts.getState().waiting) takeBack(act);
});
