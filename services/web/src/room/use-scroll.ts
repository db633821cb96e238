import {useEffect, useLayoutEffect, useRef, useState, type RefObject} from 'react';
import type {VirtualizerHandle} from 'virtua';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';
import {keepPosition, positionIn} from './positions.ts';
import type {Row} from './rows.ts';
import {useEarlier} from './use-earlier.ts';

/** Close enough to the end to be taken along. */
const endPx = 48;
/** Earlier messages are fetched before their place is reached. */
const aheadPx = 1_200;

type Scroll = {
  handle: RefObject<VirtualizerHandle | null>;
  /** Whether rows were put in front: what is in view then keeps its place. */
  isPrepend: boolean;
  onScroll: (offset: number) => void;
  isAtEnd: boolean;
  /** How many messages of others came below what is in view. */
  newer: number;
  toEnd: () => void;
};

/** Where one is in a conversation, and what follows from it. */
export function useScroll(view: RoomView, rows: Row[], scroller: RefObject<HTMLDivElement | null>): Scroll {
  const handle = useRef<VirtualizerHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const [seenSeq, setSeenSeq] = useState(0);
  const isPrepend = useIsPrepend(rows);
  const loadEarlier = useEarlier(view);
  const newest = view.messages.at(-1)?.seq ?? 0;
  const isPlaced = usePlacement(view, rows, handle, loadEarlier, () => setAtEnd(false));

  const toEnd = () => handle.current?.scrollToIndex(rows.length - 1, {align: 'end'});

  const onScroll = (offset: number) => {
    const list = handle.current;
    if (list === null || !isPlaced.current) return;
    const atEnd = list.scrollSize - list.viewportSize - offset < endPx;
    setAtEnd(atEnd);
    if (atEnd) setSeenSeq(newest);
    if (offset < aheadPx) void loadEarlier();
    keepPosition(view.id, atEnd ? undefined : topOf(list, rows, offset));
  };

  // What one says oneself is shown, wherever one was.
  const own = view.pending.at(-1)?.clientId;
  const lastOwn = useRef(own);
  const lastKey = rows.at(-1)?.key;
  useLayoutEffect(() => {
    const hasSpoken = own !== undefined && own !== lastOwn.current;
    lastOwn.current = own;
    if (hasSpoken || (isAtEnd && isPlaced.current)) toEnd();
    // Only what comes at the end moves the view.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lastKey, rows.length]);

  const keepEnd = useRef(() => {});
  useLayoutEffect(() => {
    keepEnd.current = () => void (isAtEnd && isPlaced.current && toEnd());
  });
  // The composer grows, the keyboard opens: whoever was at the end stays there. One observer for all renders, since a
  // new one tells of a size at once, and would take back whoever has just begun to scroll.
  useEffect(() => {
    const observer = new ResizeObserver(() => keepEnd.current());
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, [scroller]);

  useEffect(() => {
    if (isAtEnd) setSeenSeq(newest);
  }, [isAtEnd, newest]);

  // A page that does not fill the window leaves nothing to scroll by.
  useEffect(() => {
    if (scroller.current!.scrollTop < aheadPx) void loadEarlier();
  });

  const newer = view.messages.filter(
    ({seq, sender}) => seq > seenSeq && sender.id !== client.user?.id,
  ).length;
  return {handle, isPrepend, onScroll, isAtEnd: isAtEnd || !isPlaced.current, newer, toEnd};
}

/** True in the one render in which rows have come before the first one. */
function useIsPrepend(rows: Row[]): boolean {
  const first = rows.find(({kind}) => kind === 'message')?.key;
  const before = useRef(first);
  const isPrepend =
    before.current !== undefined && before.current !== first && rows.some(({key}) => key === before.current);
  useLayoutEffect(() => {
    before.current = first;
  });
  return isPrepend;
}

/** How many pages are fetched to find the place where one was. */
const maxPages = 20;

/**
 * Begins where one was, else at the line of the unread if it is above the window, else at the end. Until then nothing
 * that scrolls counts.
 */
function usePlacement(
  view: RoomView,
  rows: Row[],
  handle: RefObject<VirtualizerHandle | null>,
  loadEarlier: () => Promise<void>,
  onAway: () => void,
): RefObject<boolean> {
  const isPlaced = useRef(false);
  const pages = useRef(0);
  const [position] = useState(() => positionIn(view.id));
  const hasMessages = view.messages.length > 0;

  useLayoutEffect(() => {
    const list = handle.current;
    if (isPlaced.current || list === null || (!hasMessages && view.hasEarlier)) return;
    const index =
      position && rows.findIndex((row) => row.kind === 'message' && row.message.seq === position.seq);
    if (position !== undefined && index === -1 && view.hasEarlier && pages.current < maxPages) {
      pages.current += 1;
      return void loadEarlier();
    }
    isPlaced.current = true;
    if (position !== undefined && index !== undefined && index >= 0) {
      onAway();
      return list.scrollToIndex(index, {align: 'start', offset: position.offsetPx});
    }
    list.scrollToIndex(rows.length - 1, {align: 'end'});
    const unread = rows.findIndex(({kind}) => kind === 'unread');
    if (unread < 0) return;
    requestAnimationFrame(() => {
      if (list.getItemOffset(unread) >= list.scrollOffset) return;
      onAway();
      list.scrollToIndex(unread, {align: 'start'});
    });
  });
  return isPlaced;
}

function topOf(list: VirtualizerHandle, rows: Row[], offset: number) {
  for (let index = list.findItemIndex(offset); index < rows.length; index += 1) {
    const row = rows[index];
    if (row?.kind === 'message') return {seq: row.message.seq, offsetPx: offset - list.getItemOffset(index)};
  }
  return undefined;
}
