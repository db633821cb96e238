import type {ThreadSnapshot} from '@madang/client/client';
import {
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type Ref,
  type RefObject,
} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {client} from '../../chat/client.ts';
import {refused} from '../../chat/refused.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {session} from '../../chat/session.ts';
import {threadOf} from '../../chat/threads.ts';
import {uploads} from '../../chat/uploads.ts';
import {RowView} from '../timeline/row-view.tsx';
import {buildRows, type Row} from '../timeline/rows.ts';
import {useRoving} from '../timeline/use-roving.ts';
import {useThreadMark} from './use-thread-mark.ts';
import styles from './thread-panel.module.css';

type ThreadListProps = {view: OpenRoom; rootSeq: number; thread: ThreadSnapshot; ref: Ref<HTMLDivElement>};

/** Earlier replies are fetched before one has scrolled up to them. */
const aheadPx = 300;

/** A message and the replies to it. The newest reply stays in view until the reader scrolls up. */
export function ThreadList({view, rootSeq, thread, ref}: ThreadListProps) {
  const {t} = useTranslation();
  const {root, replies, hasEarlier, isLoaded} = thread;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => list.current!);
  const roving = useRoving(list);
  const rows = useRows(view, rootSeq, thread);
  const look = useThreadMark(view.id, rootSeq, scroller, replies.at(-1)?.seq);
  const onScroll = usePlace(scroller, list, rows, () => {
    look();
    const isNear = hasEarlier && scroller.current!.scrollTop < aheadPx;
    if (isNear)
      void client.stores
        .thread(view.id, rootSeq)
        .loadEarlier()
        .catch(() => undefined);
  });
  const shown = (row: Row) => (
    <div key={row.key} data-seq={row.kind === 'message' ? row.message.seq : undefined}>
      <RowView row={row} isMarked={false} room={view.room} />
    </div>
  );
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="region"
      aria-label={t('thread.messages')}
      // The messages are the tab stop. An empty list is one itself.
      tabIndex={isLoaded ? -1 : 0}
      onScroll={onScroll}
    >
      <div ref={list} role="presentation" {...roving}>
        {root !== undefined &&
          buildRows({messages: [root], ...alone, me: client.user?.id ?? ''})
            .filter(({kind}) => kind === 'message')
            .map(shown)}
        {isLoaded && (
          <p className={styles.count}>
            {rows.length === 0 ? t('thread.none') : hasEarlier ? t('room.earlier') : ''}
          </p>
        )}
        {rows.map(shown)}
      </div>
    </div>
  );
}

const alone = {pending: [], refused: [], uploads: [], notices: [], hasEarlier: false};

function useRows({id}: OpenRoom, rootSeq: number, {replies, pending, hasEarlier}: ThreadSnapshot): Row[] {
  const me = useStore(session, ({user}) => user?.id ?? '');
  const refusals = useStore(refused, (store) => store.list);
  const sending = useStore(uploads, (store) => store.list);
  // The line of the unread replies stays where it was when the thread was opened.
  const [unreadFrom] = useState(() => threadOf(id, rootSeq)?.unreadFrom);
  return useMemo(
    () =>
      buildRows({
        messages: replies,
        pending,
        hasEarlier,
        refused: refusals.filter(({entry}) => entry.roomId === id && entry.threadOf === rootSeq),
        uploads: sending.filter((each) => each.roomId === id && each.threadOf === rootSeq),
        notices: [],
        readUpTo: unreadFrom === undefined ? undefined : unreadFrom - 1,
        me,
      }),
    [replies, pending, hasEarlier, refusals, sending, id, rootSeq, unreadFrom, me],
  );
}

/**
 * Keeps the reader's place: at the end, or at the same distance from it while earlier replies come. Returns a function to
 * call after scrolling; `onSettled` is called after each change.
 */
function usePlace(
  scroller: RefObject<HTMLDivElement | null>,
  list: RefObject<HTMLDivElement | null>,
  rows: readonly Row[],
  onSettled: () => void,
): () => void {
  const isAtEnd = useRef(true);
  const first = useRef<string>(undefined);
  const height = useRef(0);
  const own = rows.findLast(({kind}) => kind === 'pending')?.key;
  const lastOwn = useRef(own);
  const settle = useRef(() => {});
  useLayoutEffect(() => {
    const element = scroller.current!;
    const oldest = rows.find(({kind}) => kind === 'message')?.key;
    const isOlder = first.current !== undefined && oldest !== first.current;
    first.current = oldest;
    if (own !== undefined && own !== lastOwn.current) isAtEnd.current = true;
    lastOwn.current = own;
    settle.current = () => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
      onSettled();
    };
    if (isOlder && !isAtEnd.current) element.scrollTop += element.scrollHeight - height.current;
    height.current = element.scrollHeight;
    settle.current();
  });
  // A picture arrives, or the field grows.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => settle.current());
    observer.observe(scroller.current!);
    observer.observe(list.current!);
    return () => observer.disconnect();
  }, [scroller, list]);
  return () => {
    const {scrollTop, clientHeight, scrollHeight} = scroller.current!;
    isAtEnd.current = scrollHeight - clientHeight - scrollTop < 2;
    height.current = scrollHeight;
    onSettled();
  };
}
