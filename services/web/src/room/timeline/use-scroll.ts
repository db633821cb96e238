import {useEffect, useLayoutEffect, useRef, useState, type RefObject} from 'react';
import {client} from '../../chat/client.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import type {Part} from './part.ts';
import {positionIn, type Position} from './positions.ts';
import type {Row} from './rows.ts';
import {boundsOf, indexOf, maxRows, rangeAround, type Range} from './shown-rows.ts';
import {useHeldPlace, type Place} from './use-held-place.ts';
import type {Goal} from './use-history.ts';
import {usePaging} from './use-paging.ts';

/** Rows are added before their place is reached, and more messages are fetched even sooner. */
const aheadPx = 600;
const fetchAheadPx = 1_200;
/** How many pages are fetched to find the user's last place. */
const maxPages = 20;

type Aim = {
  part: Part;
  goal: Goal | undefined;
  onPlace: (position: Position | undefined) => void;
};

type Scroll = {
  /** The rows that are in the page. */
  shown: readonly Row[];
  onScroll: () => void;
  isAtEnd: boolean;
  /** The number of others' messages that came below the view. */
  newer: number;
  toEnd: () => void;
  /** Brings a row into the upper part of the window. */
  toRow: (key: string) => void;
  /** Returns the user's place, to come back to. */
  leave: () => Position | undefined;
  /** Returns the number of the newest message that is wholly in view, or 0. Older messages, apart from the newest, are not counted. */
  seenSeq: () => number;
};

/** The user's place in a conversation, which determines the rows in the page and the history to fetch. */
export function useScroll(
  view: OpenRoom,
  rows: readonly Row[],
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  {part, goal, onPlace}: Aim,
): Scroll {
  const [range, setRange] = useState<Range>({});
  const [start, end] = boundsOf(rows, range);
  const shown = rows.slice(start, end);
  const isPlaced = useRef(false);
  const loadEarlier = usePaging(part.loadEarlier, part.hasEarlier);
  const loadLater = usePaging(part.loadLater, part.hasLater);

  const onSettled = () => {
    if (!isPlaced.current) return;
    const at = held.place.current;
    const {scrollTop, clientHeight, scrollHeight} = scroller.current!;
    const belowPx = scrollHeight - clientHeight - scrollTop;
    const isShort = (start > 0 && scrollTop < aheadPx) || (end < rows.length && belowPx < aheadPx);
    if (at === 'end') setRange((before) => (before.first === undefined ? before : {}));
    else if (isShort || range.first === undefined || shown.length > maxRows) showAround(at.key);
    if (start === 0 && scrollTop < fetchAheadPx) void loadEarlier();
    if (end === rows.length && belowPx < fetchAheadPx) void loadLater();
    onPlace(positionOf(at, rows));
  };
  const showAround = (key: string) => {
    const next = rangeAround(rows, indexOf(rows, key));
    setRange((before) => (before.first === next.first && before.last === next.last ? before : next));
  };
  const hasNewest = end === rows.length && !part.hasLater;
  const held = useHeldPlace({rows: shown, page: part.page, hasNewest, scroller, list, onSettled});

  const toEnd = () => {
    setRange({});
    held.goTo('end');
  };
  const toRow = (key: string, topPx: number) => {
    showAround(key);
    held.goTo({key, topPx});
  };

  const pages = useRef(0);
  const [position] = useState(() => positionIn(view.id));
  const [unreadAfter] = useState(() => (view.unread > 0 ? view.membership.readSeq : undefined));
  const comeTo = ({seq, offsetPx}: Position): boolean => {
    const row = rows.find((one) => one.kind === 'message' && one.message.seq === seq);
    if (row !== undefined) toRow(row.key, -offsetPx);
    return row !== undefined;
  };
  /**
   * Begins at the line of the unread messages if it is above the window, else at the last place, else at the end. A
   * user who comes to one message is led there instead.
   */
  const begin = () => {
    if (goal !== undefined) return void (isPlaced.current = true);
    if (view.messages.length === 0 && view.hasEarlier) return void loadEarlier();
    const oldest = unreadAfter ?? position?.seq;
    const isMissing = oldest !== undefined && (view.messages[0]?.seq ?? 0) > oldest;
    if (isMissing && view.hasEarlier && pages.current < maxPages) {
      pages.current += 1;
      return void loadEarlier();
    }
    isPlaced.current = true;
    const hasUnread = rows.some(({kind}) => kind === 'unread');
    if (hasUnread && (held.topOf('unread') ?? -1) < 0) return toRow('unread', 0);
    if (!hasUnread && position !== undefined) comeTo(position);
  };
  const reached = useRef(0);
  const pursue = ({no, to}: Goal) => {
    if (no === reached.current) return;
    reached.current = no;
    if (to === 'end') return toEnd();
    if ('position' in to) return void (comeTo(to.position) || toEnd());
    const row = rows.find((one) => one.kind === 'message' && one.message.seq === to.seq);
    if (row !== undefined) toRow(row.key, scroller.current!.clientHeight / 3);
  };
  const seenSeq = () => {
    if (!isPlaced.current || part.page !== undefined) return 0;
    const bottom = scroller.current!.getBoundingClientRect().bottom + 1;
    const isSeen = (row: Row, index: number) =>
      row.kind === 'message' &&
      (list.current!.children[index]?.getBoundingClientRect().bottom ?? Infinity) <= bottom;
    const seen = shown.findLast(isSeen);
    return seen?.kind === 'message' ? seen.message.seq : 0;
  };

  // The user's own new message is shown, however the list was scrolled.
  const own = view.pending.at(-1)?.clientId;
  const lastOwn = useRef(own);
  useLayoutEffect(() => {
    if (!isPlaced.current) begin();
    if (own !== undefined && own !== lastOwn.current && part.page === undefined) toEnd();
    lastOwn.current = own;
    if (goal !== undefined) pursue(goal);
    onSettled();
  });

  return {
    shown,
    onScroll: held.onScroll,
    isAtEnd: held.isAtEnd || !isPlaced.current,
    newer: useNewer(view, held.isAtEnd),
    toEnd,
    toRow: (key) => toRow(key, scroller.current!.clientHeight / 3),
    leave: () => positionOf(held.place.current, rows),
    seenSeq,
  };
}

/** Returns how many messages of others came since the end was seen. */
function useNewer({messages}: OpenRoom, isAtEnd: boolean): number {
  const [seenSeq, setSeenSeq] = useState(0);
  const newest = messages.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (isAtEnd) setSeenSeq(newest);
  }, [isAtEnd, newest]);
  return messages.filter(({seq, sender}) => seq > seenSeq && sender.id !== client.user?.id).length;
}

function positionOf(place: Place, rows: readonly Row[]): Position | undefined {
  if (place === 'end') return undefined;
  const row = rows.slice(Math.max(0, indexOf(rows, place.key))).find(({kind}) => kind === 'message');
  return row?.kind === 'message' ? {seq: row.message.seq, offsetPx: -place.topPx} : undefined;
}
