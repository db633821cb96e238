import {useImperativeHandle, useLayoutEffect, useRef, useState, type Ref} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {EndBar} from './end-bar.tsx';
import type {Position} from './positions.ts';
import {RowView} from './row-view.tsx';
import type {Row} from './rows.ts';
import {useReadMark} from './use-read-mark.ts';
import {useRoving} from './use-roving.ts';
import {useScroll} from './use-scroll.ts';
import styles from './message-list.module.css';

export type MessageListHandle = {
  /** Brings a message into view, however far back, and highlights it for a moment. */
  jumpTo: (seq: number) => Promise<void>;
  /** Returns to where the user was before the jumps. */
  comeBack: () => void;
};

type MessageListProps = {
  view: OpenRoom;
  rows: Row[];
  /** Whether the user came to one message, so that the list does not begin at another place. */
  isAimed: boolean;
  /** Why the last thing done to a message was refused. */
  fault: string | undefined;
  ref: Ref<MessageListHandle>;
};

const markedMs = 2_000;
/** How far back a quote is followed. */
const maxPages = 40;

/** The messages of a room. Only those near the window are in the page. */
export function MessageList({view, rows, isAimed, fault, ref}: MessageListProps) {
  const {t} = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const scroll = useScroll(view, rows, scroller, list, isAimed);
  const {shown, onScroll, isAtEnd, newer, toEnd, toRow} = scroll;
  const isEmpty = !view.hasEarlier && rows.every(({kind}) => kind === 'notice');
  const [marked, setMarked] = useState<number>();
  const [isLost, setLost] = useState(false);
  const latest = useRef({view, rows, scroll});
  const from = useRef<{position: Position | undefined}>(undefined);
  useLayoutEffect(() => {
    latest.current = {view, rows, scroll};
  });
  const look = useReadMark(view, scroll.seenSeq);
  const roving = useRoving(list);
  const hasStop = shown.some(({kind}) => kind === 'message' || kind === 'pending');

  useImperativeHandle(ref, () => ({
    async jumpTo(seq) {
      from.current ??= {position: latest.current.scroll.leave()};
      setLost(false);
      const find = () => latest.current.rows.find((row) => row.kind === 'message' && row.message.seq === seq);
      const isOlder = () => (latest.current.view.messages[0]?.seq ?? Infinity) >= seq;
      let hasMore = true;
      for (let page = 0; find() === undefined && isOlder() && hasMore && page < maxPages; page += 1) {
        hasMore = await client.loadEarlier(view.id).catch(() => false);
        await new Promise(requestAnimationFrame);
      }
      const row = find();
      if (row === undefined) return setLost(true);
      latest.current.scroll.toRow(row.key);
      setMarked(seq);
      setTimeout(() => setMarked(undefined), markedMs);
    },
    comeBack() {
      setLost(false);
      if (from.current !== undefined) latest.current.scroll.comeBack(from.current.position);
      from.current = undefined;
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
        onScroll={() => {
          onScroll();
          look();
        }}
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
      {isLost && (
        <p role="status" className={styles.lost}>
          {t('room.messageLost')}
        </p>
      )}
      {fault !== undefined && (
        <p role="alert" className={styles.lost}>
          {fault}
        </p>
      )}
      {!isAtEnd && (
        <EndBar
          view={view}
          newer={newer}
          toUnread={rows.some(({kind}) => kind === 'unread') ? () => toRow('unread') : undefined}
          toEnd={toEnd}
        />
      )}
    </div>
  );
}
