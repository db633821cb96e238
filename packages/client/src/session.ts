import {limits} from '@madang/protocol/limits';
import {backoffMs, wait, type BackoffTimes} from './backoff.ts';
import {asCallError} from './call-error.ts';
import type {Caller} from './calls.ts';
import type {Follow} from './follow.ts';
import type {SyncRequest} from './timeline.ts';
import type {Calls} from './wire.ts';

type Page = Calls['session:start']['result'];
type PageInput = {after?: string | undefined; limit: number; cursors: SyncRequest[]};

// Half the protocol's page, because an answer carries frames besides the rooms.
const roomsPerPage = 100;

/**
 * Sends the server this client's cursor of each room, and applies what the client missed: page by page, until this
 * connection receives every room and the server has seen every cursor.
 *
 * `arrived` runs as a page arrives, before listeners hear of it; `first` runs once the first page has been applied.
 * Rejects when the refusal is final; returns early when the connection is lost.
 */
export async function startSession(
  caller: Caller,
  follow: Follow,
  times: BackoffTimes,
  signal: AbortSignal,
  {arrived, first}: {arrived: (page: Page) => void; first: (page: Page) => void},
): Promise<void> {
  follow.begin(signal);
  const before = [...follow.rooms.keys()];
  const unsent = new Set(before);
  let input: PageInput | undefined = {limit: roomsPerPage, cursors: takeCursors(unsent, follow)};
  for (let isFirst = true; input !== undefined; isFirst = false) {
    const page: Page | undefined = await askPage(caller, follow, times, signal, input, arrived);
    if (page === undefined) return;
    if (isFirst) first(page);
    input = nextInput(page, unsent, follow);
  }
  follow.finish(before);
}

function nextInput({next}: Page, unsent: Set<string>, follow: Follow): PageInput | undefined {
  if (next !== undefined) return {after: next, limit: roomsPerPage, cursors: takeCursors(unsent, follow)};
  // Every room has been listed. A cursor that was not sent belongs to a listed room, which is synced on its own, or to a
  // membership that has ended, whose end only the server knows.
  for (const roomId of unsent) if (follow.hears(roomId)) unsent.delete(roomId);
  return unsent.size === 0 ? undefined : {limit: 1, cursors: takeCursors(unsent, follow)};
}

function takeCursors(unsent: Set<string>, follow: Follow): SyncRequest[] {
  const taken = [...unsent].slice(0, limits.cursors);
  for (const roomId of taken) unsent.delete(roomId);
  return taken.flatMap((roomId) => follow.rooms.get(roomId)?.timeline.syncRequest() ?? []);
}

/** Requests one page until it comes. Returns undefined if the connection is lost first. */
async function askPage(
  caller: Caller,
  follow: Follow,
  times: BackoffTimes,
  signal: AbortSignal,
  {cursors, ...paging}: PageInput,
  arrived: (page: Page) => void,
): Promise<Page | undefined> {
  const requests = new Map(cursors.map((request) => [request.roomId, request]));
  const sent = cursors.map(({roomId, epoch, after}) => [roomId, {epoch, rev: after}] as const);
  const input = {...paging, ...(sent.length === 0 ? {} : {cursors: Object.fromEntries(sent)})};
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await caller.call('session:start', input, {}, (page) => {
        if (!signal.aborted) arrived(page);
        follow.page(page, requests);
      });
    } catch (error) {
      const failure = asCallError(error);
      if (signal.aborted) return undefined;
      if (!failure.retryable) throw failure;
      await wait(backoffMs(attempt, times, {retryAfterMs: failure.retryAfterMs}), signal);
      if (signal.aborted) return undefined;
    }
  }
}
