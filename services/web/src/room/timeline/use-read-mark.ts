import {useEffect, useRef} from 'react';
import {client} from '../../chat/client.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {useIsWatched} from '../../ui/use-is-watched.ts';

/** Long enough for messages that come together to need one mark. */
const settleMs = 200;

/**
 * Marks a room as read up to the newest message that was in view while somebody looked. Returns a function to call after
 * scrolling.
 *
 * Each message is marked once: a room that is marked as unread, here or on another device, stays so until more is seen here.
 */
export function useReadMark(view: OpenRoom, seenSeq: () => number): () => void {
  const isWatched = useIsWatched();
  const marked = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = useRef(() => {});
  useEffect(() => {
    marked.current = Math.max(marked.current, view.membership.readSeq);
    mark.current = () => {
      timer.current = undefined;
      const {id, membership, unread, messages} = view;
      const seq = isWatched ? seenSeq() : 0;
      // What is counted may be older than what is read, after a message was deleted.
      const isDue = seq > membership.readSeq || (unread > 0 && seq > 0 && seq === messages.at(-1)?.seq);
      if (!isDue || seq <= marked.current) return;
      const before = marked.current;
      marked.current = seq;
      client.call('read:mark', {roomId: id, seq}).catch(() => {
        marked.current = before;
      });
    };
  });
  const look = () => {
    timer.current ??= setTimeout(() => mark.current(), settleMs);
  };
  useEffect(look);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return look;
}

/** Marks everything in a room as read. */
export function markAllRead({id, messages}: OpenRoom): void {
  const seq = messages.at(-1)?.seq;
  if (seq !== undefined) void client.call('read:mark', {roomId: id, seq}).catch(() => undefined);
}
