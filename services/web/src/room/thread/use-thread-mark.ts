import {useEffect, useRef, type RefObject} from 'react';
import {markThreadRead} from '../../chat/threads.ts';
import {useIsWatched} from '../../ui/use-is-watched.ts';

/** Long enough for replies that come together to need one mark. */
const settleMs = 200;
/** After a mark that was refused. */
const retryMs = 5_000;

/**
 * Marks a thread as read up to the newest reply that was in view while somebody looked. Returns a function to call after
 * scrolling. Each reply is marked once: a thread that is marked as unread stays so until more is seen here.
 */
export function useThreadMark(
  roomId: string,
  rootSeq: number,
  scroller: RefObject<HTMLElement | null>,
  newest: number | undefined,
): () => void {
  const isWatched = useIsWatched();
  const marked = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = useRef(() => {});
  useEffect(() => {
    mark.current = () => {
      timer.current = undefined;
      const seq = isWatched && scroller.current !== null ? seenIn(scroller.current) : 0;
      if (seq <= rootSeq || seq <= marked.current) return;
      const before = marked.current;
      marked.current = seq;
      markThreadRead(roomId, rootSeq, seq).catch(() => {
        marked.current = before;
        timer.current ??= setTimeout(() => mark.current(), retryMs);
      });
    };
  });
  const look = () => {
    timer.current ??= setTimeout(() => mark.current(), settleMs);
  };
  useEffect(look, [isWatched, newest]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return look;
}

/** Returns the number of the newest message that is in view down to its end, or 0. */
function seenIn(scroller: HTMLElement): number {
  const bottom = scroller.getBoundingClientRect().bottom + 1;
  const rows = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')];
  const seen = rows.findLast((row) => row.getBoundingClientRect().bottom <= bottom);
  return Number(seen?.dataset['seq'] ?? 0);
}
