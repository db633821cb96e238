import {CallError, type CallResult, type Message} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {isMentioned} from './mentioned.ts';

export type FollowedThread = CallResult<'thread:list'>['threads'][number];

/** The threads that the user follows, the latest reply first; undefined until they are loaded. */
export const threads = createStore<{list?: readonly FollowedThread[]; next?: string | undefined}>(() => ({}));

const retryMs = 5_000;
/** A user follows a thread soon after a reply to it. On a busy cluster that takes longer. */
const followMs = [1_000, 6_000];
const maxReplies = 100;

let generation = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Reads the threads with the newest replies. */
export async function readThreads(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const mine = (generation += 1);
  try {
    const {threads: list, next} = await client.call('thread:list');
    if (mine === generation) threads.setState({list, next});
  } catch (error) {
    if (mine === generation && error instanceof CallError && error.retryable) readSoon(retryMs);
  }
}

/** Reads one page of older threads. Returns whether there are more. */
export async function readOlderThreads(): Promise<boolean> {
  const {next} = threads.getState();
  const mine = generation;
  if (next === undefined) return false;
  const page = await client.call('thread:list', {after: next});
  if (mine === generation)
    threads.setState(({list = []}) => ({list: [...list, ...page.threads], next: page.next}));
  return threads.getState().next !== undefined;
}

/** Follows a thread, or no longer. */
export async function followThread(roomId: string, seq: number, on: boolean): Promise<void> {
  await client.call('thread:follow', {roomId, seq, on});
  if (on) return readThreads();
  generation += 1;
  threads.setState(({list}) => (list === undefined ? {} : {list: list.filter(isNot(roomId, seq))}));
}

/** Marks a thread as read up to a reply, on every device. */
export async function markThreadRead(roomId: string, rootSeq: number, seq: number): Promise<void> {
  await client.call('read:mark', {roomId, threadOf: rootSeq, seq});
  const known = threadOf(roomId, rootSeq);
  if (known?.unreadFrom === undefined) return;
  if (seq < (known.root.thread?.lastSeq ?? 0)) readSoon(0);
  else replace({root: known.root});
}

/** A thread among those that are loaded. */
export function threadOf(roomId: string, rootSeq: number): FollowedThread | undefined {
  return threads.getState().list?.find((one) => !isNot(roomId, rootSeq)(one));
}

const isNot =
  (roomId: string, rootSeq: number) =>
  ({root}: FollowedThread): boolean =>
    root.roomId !== roomId || root.seq !== rootSeq;

function readSoon(ms: number): void {
  timer ??= setTimeout(() => void readThreads(), ms);
}

/** The thread has changed, and a new reply makes it the first. */
function replace(thread: FollowedThread, isNew = false): void {
  const isOther = isNot(thread.root.roomId, thread.root.seq);
  threads.setState(({list = []}) => ({
    list: isNew ? [thread, ...list.filter(isOther)] : list.map((one) => (isOther(one) ? one : thread)),
  }));
}

/** The user follows the thread by now, or will in a moment. */
function expectThread(roomId: string, rootSeq: number): void {
  for (const ms of followMs)
    setTimeout(() => threadOf(roomId, rootSeq) === undefined && void readThreads(), ms);
}

client.on('status', (status) => status === 'online' && void readThreads());
client.on('session', (user) => {
  if (user !== undefined) return;
  generation += 1;
  threads.setState({}, true);
});
client.on('room:left', ({roomId}) =>
  threads.setState(({list}) =>
    list === undefined ? {} : {list: list.filter(({root}) => root.roomId !== roomId)},
  ),
);

client.on('message', (message) => {
  const {roomId, threadOf: rootSeq, seq} = message;
  if (rootSeq === undefined) return;
  const known = threadOf(roomId, rootSeq);
  const isOwn = message.sender.id === client.user?.id;
  if (known === undefined) {
    if (isOwn || isMentioned(message) || isRootOwn(message, rootSeq)) expectThread(roomId, rootSeq);
    return;
  }
  const {replies = 0, lastSeq = 0} = known.root.thread ?? {};
  if (seq <= lastSeq) return;
  const thread = {replies: Math.min(maxReplies, replies + 1), lastSeq: seq};
  const unread = isOwn ? {} : {unreadFrom: known.unreadFrom ?? seq};
  replace({root: {...known.root, thread}, ...unread}, true);
});

function isRootOwn({roomId}: Message, rootSeq: number): boolean {
  const root = client.rooms.get(roomId)?.timeline.find(rootSeq);
  return root !== undefined && root.sender.id === client.user?.id;
}

client.on('notification', ({data}) => {
  const {roomId, rootSeq} = data;
  if (typeof roomId !== 'string' || typeof rootSeq !== 'number') return;
  if (threadOf(roomId, rootSeq) === undefined) readSoon(0);
});

const hasUnreadIn = (roomId: string) =>
  threads
    .getState()
    .list?.some(({root, unreadFrom}) => root.roomId === roomId && unreadFrom !== undefined) === true;

// Another device may have read a thread of the room.
client.on('room:read', ({roomId}) => {
  if (hasUnreadIn(roomId)) readSoon(500);
});
client.on('frame', ({roomId, entries}) => {
  const isOfThread = entries.some(({type, message}) => type === 'delete' && message?.threadOf !== undefined);
  if (isOfThread && hasUnreadIn(roomId)) readSoon(500);
});
