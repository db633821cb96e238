import {ArrowDown} from 'lucide-react';
import {useImperativeHandle, useRef, useState, type Ref} from 'react';
import {useTranslation} from 'react-i18next';
import {Virtualizer} from 'virtua';
import {client} from '../chat/client.ts';
import {titleOf} from '../chat/room-title.ts';
import type {RoomView} from '../chat/rooms.ts';
import {RowView} from './row-view.tsx';
import type {Row} from './rows.ts';
import {useReadMark} from './use-read-mark.ts';
import {useScroll} from './use-scroll.ts';
import styles from './message-list.module.css';

export type MessageListHandle = {
  /** Brings a message into view, however far back, and marks it for a moment. */
  jumpTo: (seq: number) => Promise<void>;
};

type MessageListProps = {view: RoomView; rows: Row[]; ref: Ref<MessageListHandle>};

const markedMs = 2_000;
/** How far back a quote is followed. */
const maxPages = 40;

/**
 * The messages of a room. Only those near the window are in the page.
 *
 * It is pinned to the newest only while one is at the end. Earlier pages come without moving what one reads.
 */
export function MessageList({view, rows, ref}: MessageListProps) {
  const {t} = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const {handle, isPrepend, onScroll, isAtEnd, newer, toEnd} = useScroll(view, rows, scroller);
  const isEmpty = !view.hasEarlier && !rows.some(({kind}) => kind !== 'top' && kind !== 'notice');
  const [marked, setMarked] = useState<number>();
  const latest = useRef(rows);
  latest.current = rows;
  useReadMark(view, isAtEnd);

  useImperativeHandle(ref, () => ({
    async jumpTo(seq) {
      const find = () => latest.current.findIndex((row) => row.kind === 'message' && row.message.seq === seq);
      for (let page = 0; find() < 0 && page < maxPages; page += 1) {
        if (!(await client.loadEarlier(view.id).catch(() => false))) break;
        await new Promise(requestAnimationFrame);
      }
      if (find() < 0) return;
      handle.current?.scrollToIndex(find(), {align: 'center'});
      setMarked(seq);
      setTimeout(() => setMarked(undefined), markedMs);
    },
  }));

  return (
    <div className={styles.frame}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="log"
        aria-live="off"
        aria-label={t('room.log', {title: titleOf(view.state.room)})}
        tabIndex={0}
      >
        <div className={styles.space} />
        {isEmpty && (
          <div className={styles.empty}>
            <p>{t('room.empty')}</p>
            <p>{t('room.emptyLead')}</p>
          </div>
        )}
        <Virtualizer ref={handle} scrollRef={scroller} shift={isPrepend} onScroll={onScroll} bufferSize={600}>
          {rows.map((row) => (
            <RowView
              key={row.key}
              row={row}
              isMarked={row.kind === 'message' && row.message.seq === marked}
              room={view.state.room}
            />
          ))}
        </Virtualizer>
      </div>
      {!isAtEnd && (
        <button type="button" className={styles.pill} onClick={toEnd}>
          <span>{newer > 0 ? t('room.newer', {count: newer}) : t('room.toEnd')}</span>
          <ArrowDown size={16} aria-hidden />
        </button>
      )}
    </div>
  );
}
