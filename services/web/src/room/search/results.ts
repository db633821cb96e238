import type {Message} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from '../../chat/client.ts';

export type Sought = {query: string; roomId: string | undefined};

type Results = {
  /** What was looked for last. */
  sought: Sought | undefined;
  hits: readonly Message[];
  /** Asks for the hits before these, if there may be some. */
  next: string | undefined;
  /** What is newer was searched. */
  searchedTo: string | undefined;
  isBusy: boolean;
  error: unknown;
};

const none: Results = {
  sought: undefined,
  hits: [],
  next: undefined,
  searchedTo: undefined,
  isBusy: false,
  error: undefined,
};

/** A page may have no hits although older ones do. So many pages are asked for at once. */
const maxPages = 4;

/** What the last search found. It is kept while the user goes from room to room. */
export const results = createStore<Results>(() => none);

/** Looks for messages. Only the last search shows its hits. */
export async function find(sought: Sought): Promise<void> {
  results.setState({...none, sought, isBusy: sought.query !== ''}, true);
  if (sought.query !== '') await findMore(sought, undefined);
}

/** Asks for older hits of the last search. */
export async function findOlder(): Promise<void> {
  const {sought, next, isBusy} = results.getState();
  if (sought === undefined || isBusy) return;
  results.setState({isBusy: true, error: undefined});
  await findMore(sought, next);
}

async function findMore(sought: Sought, from: string | undefined): Promise<void> {
  const isCurrent = () => results.getState().sought === sought;
  try {
    let after = from;
    for (let page = 0; page < maxPages; page += 1) {
      // Each page says where the next one begins.
      // oxlint-disable-next-line no-await-in-loop
      const {hits, next, searchedTo} = await client.call('message:search', {...sought, after});
      if (!isCurrent()) return;
      results.setState((before) => ({hits: join(before.hits, hits), next, searchedTo}));
      if (next === undefined || hits.length > 0) break;
      after = next;
    }
  } catch (error) {
    if (isCurrent()) results.setState({error});
  } finally {
    if (isCurrent()) results.setState({isBusy: false});
  }
}

/** A hit may come on two pages, if something was said between them. */
function join(before: readonly Message[], more: readonly Message[]): Message[] {
  const isKnown = (hit: Message) => before.some((one) => one.roomId === hit.roomId && one.seq === hit.seq);
  return [...before, ...more.filter((hit) => !isKnown(hit))];
}

function drop(isGone: (hit: Message) => boolean): void {
  const {hits} = results.getState();
  if (hits.some(isGone)) results.setState({hits: hits.filter((hit) => !isGone(hit))});
}

// What is deleted, or is not this user's any more, is not shown.
client.on('frame', ({roomId, entries}) => {
  const gone = new Set(
    entries.flatMap(({type, message}) => (type === 'delete' && message ? message.seq : [])),
  );
  if (gone.size > 0) drop((hit) => hit.roomId === roomId && gone.has(hit.seq));
});
client.on('room:left', ({roomId}) => drop((hit) => hit.roomId === roomId));
let userId = client.user?.id;
client.on('session', (user) => {
  if (user?.id !== userId) results.setState(none, true);
  userId = user?.id;
});
