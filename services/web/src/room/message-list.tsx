import {ArrowDown} from 'lucide-react';
import {useRef} from 'react';
import {useTranslation} from 'react-i18next';
import {Virtualizer} from 'virtua';
import {titleOf} from '../chat/room-title.ts';
import type {RoomView} from '../chat/rooms.ts';
import {RowView} from './row-view.tsx';
import type {Row} from './rows.ts';
import {useScroll} from './use-scroll.ts';
import styles from './message-list.module.css';

/**
 * The messages of a room. Only those near the window are in the page.
 *
 * It is pinned to the newest only while one is at the end. Earlier pages come without moving what one reads.
 */
export function MessageList({view, rows}: {view: RoomView; rows: Row[]}) {
  const {t} = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const {handle, isPrepend, onScroll, isAtEnd, newer, toEnd} = useScroll(view, rows, scroller);
  const isEmpty = rows.length === 1 && !view.hasEarlier;

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
            <RowView key={row.key} row={row} />
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
