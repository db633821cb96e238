import {useEffect, useState} from 'react';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';

/** Long enough for messages that come together to be one mark. */
const settleMs = 200;

/** Marks a room as read as long as its end is in view of someone. */
export function useReadMark({id, state, messages}: RoomView, isAtEnd: boolean): void {
  const isWatched = useIsWatched();
  const newest = messages.at(-1)?.seq ?? 0;
  const isDue = isWatched && isAtEnd && (newest > state.membership.readSeq || state.unread > 0);
  useEffect(() => {
    if (!isDue || newest === 0) return;
    const timer = setTimeout(
      () => void client.call('read:mark', {roomId: id, seq: newest}).catch(() => undefined),
      settleMs,
    );
    return () => clearTimeout(timer);
  }, [id, isDue, newest]);
}

/** Whether this page is the one that is looked at. */
function useIsWatched(): boolean {
  const isWatched = () => document.visibilityState === 'visible' && document.hasFocus();
  const [watched, setWatched] = useState(isWatched);
  useEffect(() => {
    const update = () => setWatched(isWatched());
    const events = ['focus', 'blur'] as const;
    for (const name of events) addEventListener(name, update);
    document.addEventListener('visibilitychange', update);
    return () => {
      for (const name of events) removeEventListener(name, update);
      document.removeEventListener('visibilitychange', update);
    };
  }, []);
  return watched;
}
