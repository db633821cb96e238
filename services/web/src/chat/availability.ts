import type {User} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {session} from './session.ts';

export type Status = NonNullable<User['status']>;

/** In local storage, because it holds in all tabs of a browser. */
const key = 'madang.away';

/** Whether the user has said that they are away from this browser. */
export const away = createStore<{isAway: boolean}>(() => ({isAway: localStorage.getItem(key) === 'yes'}));

/** Says whether the user is away from this browser. They are shown as away once that holds on all their devices. */
export function setAway(isAway: boolean): void {
  if (isAway) localStorage.setItem(key, 'yes');
  else localStorage.removeItem(key);
  tell(isAway);
}

function tell(isAway: boolean): void {
  away.setState({isAway});
  void client.setAway(isAway).catch(() => undefined);
}

/** Sets what the user is doing; without anything, they no longer say so. */
export async function setStatus(status: Status | undefined): Promise<void> {
  await client.call('user:update', {status: status ?? null});
}

/** Makes nothing disturb the user until a time, or from now on everything as usual. */
export async function setQuiet(until: Date | undefined): Promise<void> {
  await client.call('user:update', {dndUntil: until?.toISOString() ?? null});
}

/** Whether the user does not want to be disturbed now. */
export function isQuiet(): boolean {
  const until = session.getState().user?.dndUntil;
  return until !== undefined && Date.parse(until) > Date.now();
}

// The client repeats it on each new connection. On the first one after a reload, this does.
let isTold = false;
client.stores.status.subscribe(() => {
  const {isReady} = client.stores.status.snapshot();
  if (isReady && !isTold && away.getState().isAway) tell(true);
  isTold = isReady;
});

// The `storage` event reports changes by other tabs only.
addEventListener('storage', (event) => {
  if (event.key === key) tell(event.newValue === 'yes');
});
client.on('session', (user) => {
  if (user !== undefined) return;
  localStorage.removeItem(key);
  away.setState({isAway: false});
});

// Another device of the user's may have changed it.
client.on('presence:changed', ({changed = []}) => {
  const {user} = session.getState();
  const told = changed.find(({id}) => id === user?.id);
  if (user === undefined || told === undefined) return;
  const {status: _, dndUntil: __, ...rest} = user;
  const {status, dndUntil} = told;
  session.setState({user: {...rest, ...(status && {status}), ...(dndUntil !== undefined && {dndUntil})}});
});
