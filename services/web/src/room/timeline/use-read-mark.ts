import {useEffect} from 'react';
import {client} from '../../chat/client.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {useIsWatched} from '../../ui/use-is-watched.ts';

/** Long enough for messages that come together to need one mark. */
const settleMs = 200;

/** Marks a room as read while somebody is looking at its end. */
export function useReadMark({id, membership, unread, messages}: OpenRoom, isAtEnd: boolean): void {
  const isWatched = useIsWatched();
  const newest = messages.at(-1)?.seq ?? 0;
  const isDue = isWatched && isAtEnd && (newest > membership.readSeq || unread > 0);
  useEffect(() => {
    if (!isDue || newest === 0) return;
    const timer = setTimeout(
      () => void client.call('read:mark', {roomId: id, seq: newest}).catch(() => undefined),
      settleMs,
    );
    return () => clearTimeout(timer);
  }, [id, isDue, newest]);
}
