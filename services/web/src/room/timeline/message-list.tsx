import {
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type Ref,
  type RefObject,
} from 'react';
import {useTranslation} from 'react-i18next';
import {titleOf} from '../../chat/room-title.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import {EndBar, NewestBar} from './end-bar.tsx';
import type {Part} from './part.ts';
import type {Position} from './positions.ts';
import {RowView} from './row-view.tsx';
import type {Row} from './rows.ts';
import type {Goal} from './use-history.ts';
import {useReadMark} from './use-read-mark.ts';
import {useRoving} from './use-roving.ts';
import {useScroll} from './use-scroll.ts';
import styles from './message-list.module.css';

export type MessageListHandle = {
  /** Returns the user's place, to come back to. */
  leave: () => Position | undefined;
};

type MessageListProps = {
  view: OpenRoom;
  rows: Row[];
  part: Part;
  /** Where the list goes. With a message, that one is highlighted for a moment and gets the focus. */
  goal: Goal | undefined;
  onPlace: (position: Position | undefined) => void;
  toNewest: () => void;
  /** Why the last message that was aimed at is not shown. */
  lost: string | undefined;
  /** Why the last thing done to a message was refused. */
  fault: string | undefined;
  ref: Ref<MessageListHandle>;
};

const markedMs = 2_000;

/** The messages of a room. Only those near the window are in the page. */
export function MessageList(props: MessageListProps) {
  const {view, rows, part, goal, onPlace, toNewest, lost, fault, ref} = props;
  const {t} = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const scroll = useScroll(view, rows, scroller, list, {part, goal, onPlace});
  const {shown, onScroll, isAtEnd, newer, toEnd, toRow, leave} = scroll;
  const isEmpty = !part.hasEarlier && rows.every(({kind}) => kind === 'notice');
  const marked = useMarked(goal);
  useGoalFocus(goal, shown, list);
  const look = useReadMark(view, scroll.seenSeq);
  const roving = useRoving(list);
  const hasStop = shown.some(({kind}) => kind === 'message' || kind === 'pending');

  useImperativeHandle(ref, () => ({leave}));

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
        <p className={styles.top}>{part.hasEarlier ? t('room.earlier') : t('room.beginning')}</p>
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
      {lost !== undefined && (
        <p role="status" className={styles.lost}>
          {lost}
        </p>
      )}
      {fault !== undefined && (
        <p role="alert" className={styles.lost}>
          {fault}
        </p>
      )}
      {part.page !== undefined && <NewestBar onPress={toNewest} />}
      {part.page === undefined && !isAtEnd && (
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

/** Returns the message that the user was led to, for a moment. */
function useMarked(goal: Goal | undefined): number | undefined {
  const [marked, setMarked] = useState<number>();
  useEffect(() => {
    if (goal === undefined || typeof goal.to === 'string' || !('seq' in goal.to)) return;
    setMarked(goal.to.seq);
    const timer = setTimeout(() => setMarked(undefined), markedMs);
    return () => clearTimeout(timer);
  }, [goal]);
  return marked;
}

/** Moves the focus to the message that the user was led to, once it is in the page: the keys go on from there. */
function useGoalFocus(
  goal: Goal | undefined,
  shown: readonly Row[],
  list: RefObject<HTMLElement | null>,
): void {
  const reached = useRef(0);
  useLayoutEffect(() => {
    if (goal === undefined || !goal.takesFocus || goal.no === reached.current) return;
    const {to} = goal;
    const isGoal = (row: Row) =>
      row.kind === 'message' && (to === 'end' || ('seq' in to && row.message.seq === to.seq));
    const article = list.current!.children[shown.findLastIndex(isGoal)]?.querySelector('article');
    if (article == null) return;
    reached.current = goal.no;
    article.focus({preventScroll: true});
  });
}
