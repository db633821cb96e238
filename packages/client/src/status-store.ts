import {keep, keepFields} from './same.ts';
import {LiveStore, type Announcements} from './store.ts';
import type {StoreSources} from './store-sources.ts';

/** The client's connection to the cluster, and its user. */
export type StatusSnapshot = {
  readonly status: 'offline' | 'connecting' | 'online';
  /** The user who is signed in. */
  readonly user?: StoreSources['user'];
  /** Whether this user has been online in this client. Before that, the rooms are not known. */
  readonly isReady: boolean;
  /** What this user may do outside rooms; missing before the first session. */
  readonly may?: StoreSources['rights'];
  /** Why the server ended the session. Kept until the next session begins. */
  readonly ended?: {readonly code: string; readonly reason?: string};
  /** Why the last attempt to connect got no answer. Set only while there is no connection. */
  readonly unreachable?: {readonly message: string; readonly reason?: string};
};

const noStatus: StatusSnapshot = Object.freeze({status: 'offline', isReady: false});

type Failure = {code: string; message: string; details?: Record<string, unknown>};

export function statusStore(client: StoreSources, announcements: Announcements): LiveStore<StatusSnapshot> {
  let isReady = false;
  let userId = client.user?.id;
  let ended: StatusSnapshot['ended'];
  let unreachable: StatusSnapshot['unreachable'];
  const store = new LiveStore<StatusSnapshot>({
    announcements,
    empty: noStatus,
    read: (before) => {
      const user = client.user === undefined ? undefined : keep(before.user, client.user);
      return keepFields(before, {
        status: client.status,
        isReady,
        ...(user && {user}),
        ...(client.rights && {may: keep(before.may, client.rights)}),
        ...(ended && {ended}),
        ...(unreachable && {unreachable}),
      });
    },
  });
  client.on('status', (status) => {
    if (status === 'online') [isReady, ended, unreachable] = [true, undefined, undefined];
    store.changed();
  });
  client.on('session:may', () => store.changed());
  client.on('session', (user) => {
    if (user?.id !== userId) isReady = false;
    if (user !== undefined) ended = undefined;
    userId = user?.id;
    store.changed();
  });
  client.on('signedOut', (error) => {
    ended = Object.freeze({code: error.code, ...reasonOf(error)});
    store.changed();
  });
  client.on('unreachable', (error) => {
    unreachable = keep(unreachable, {message: error.message, ...reasonOf(error)});
    store.changed();
  });
  return store;
}

function reasonOf({details}: Failure): {reason?: string} {
  const reason = details?.['reason'];
  return typeof reason === 'string' ? {reason} : {};
}
