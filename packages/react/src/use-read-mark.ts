import {useEffect, type RefObject} from 'react';
import {useRoom} from './hooks.ts';
import {useMadang} from './provider.tsx';

/** While messages keep coming, the mark waits. In a busy room, the server would refuse one call for each message. */
const restMs = 500;

/** Marks the newest message as read when the reader sees it. */
export function useReadMark(
  roomId: string,
  seq: number | undefined,
  isAtEnd: RefObject<boolean | null>,
): void {
  const client = useMadang();
  const readSeq = useRoom(roomId)?.membership.readSeq ?? 0;
  useEffect(() => {
    if (seq === undefined || seq <= readSeq) return;
    let timer: ReturnType<typeof setTimeout>;
    const mark = () => {
      if (document.visibilityState !== 'visible' || isAtEnd.current !== true) return plan();
      void client.call('read:mark', {roomId, seq}).catch(() => undefined);
    };
    const plan = () => {
      timer = setTimeout(mark, restMs);
    };
    plan();
    return () => clearTimeout(timer);
  }, [client, roomId, seq, readSeq, isAtEnd]);
}
