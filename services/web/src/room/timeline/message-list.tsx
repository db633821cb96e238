import {ArrowDown} from 'lucide-react';
import {useImperativeHandle, useLayoutEffect, useRef, useState, type Ref} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {RowView} from './row-view.tsx';
import type {Row} from './rows.ts';
import {useReadMark} from './use-read-mark.ts';
import {useRoving} from './use-roving.ts';
import {useScroll} from './use-scroll.ts';
import styles from './message-list.module.css';

export type MessageListHandle = {
  /** Brings a message into view, however far back, and highlights it for a moment. */
  jumpTo: (seq: number) => Promise<void>;
};

type MessageListProps = {view: OpenRoom; rows: Row[]; ref: Ref<MessageListHandle>};

const markedMs = 2_000;
/** How far back a quote is followed. */
const maxPages = 40;

/** The messages of a room. Only those near the window are in the page. */
export function MessageList({view, rows, ref}: MessageListProps) {
  const {t} = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const {shown, onScroll, isAtEnd, newer, toEnd, toRow} = useScroll(view, rows, scroller, list);
  const isEmpty = !view.hasEarlier && rows.every(({kind}) => kind === 'notice');
  const [marked, setMarked] = useState<number>();
  const latest = useRef({rows, toRow});
  useLayoutEffect(() => {
    latest.current = {rows, toRow};
  });
  useReadMark(view, isAtEnd);
  const roving = useRoving(list);
  const hasStop = shown.some(({kind}) => kind === 'message' || kind === 'pending');

  useImperativeHandle(ref, () => ({
    async jumpTo(seq) {
      const find = () => latest.current.rows.find((row) => row.kind === 'message' && row.message.seq === seq);
      for (let page = 0; find() === undefined && page < maxPages; page += 1) {
        if (!(await client.loadEarlier(view.id).catch(() => false))) break;
        await new Promise(requestAnimationFrame);
      }
      const row = find();
      if (row === undefined) return;
      latest.current.toRow(row.key);
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
        aria-label={t('room.log', {title: titleOf(view.room)})}
        // The messages are the tab stop. An empty list is one itself.
        tabIndex={hasStop ? -1 : 0}
        onScroll={onScroll}
      >
        <div className={styles.space} />
        {isEmpty && (
          <div className={styles.empty}>
            <p>{t('room.empty')}</p>
            <p>{t('room.emptyLead')}</p>
          </div>
        )}
        <p className={styles.top}>{view.hasEarlier ? t('room.earlier') : t('room.beginning')}</p>
        <div ref={list} className={styles.list} role="presentation" {...roving}>
          {shown.map((row) => (
            <div key={row.key}>
              <RowView
                row={row}
                isMarked={row.kind === 'message' && row.message.seq === marked}
                room={view.room}
              />
            </div>
          ))}
        </div>
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
