import {useEffect, useLayoutEffect, useRef, useState, type RefObject} from 'react';
import type {VirtualizerHandle} from 'virtua';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';
import {keepPosition, positionIn} from './positions.ts';
import type {Row} from './rows.ts';
import {useEarlier} from './use-earlier.ts';
import {useHeldPlace} from './use-held-place.ts';

/** Close enough to the end to be taken along. */
const endPx = 48;
/** Earlier messages are fetched before their place is reached. */
const aheadPx = 1_200;

/** The height of the line above the oldest message. It is no row: rows are only ever put in front of all others. */
export const topPx = 32;

/** For so long after rows were measured the view may come back a little by itself; only a gesture is someone's wish then. */
const goingMs = 1_000;
const gestures = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

type Scroll = {
  handle: RefObject<VirtualizerHandle | null>;
  /** Whether rows were put in front: what is in view then keeps its place. */
  isPrepend: boolean;
  onScroll: (offset: number) => void;
  onResize: () => void;
  onScrollEnd: () => void;
  isAtEnd: boolean;
  /** How many messages of others came below what is in view. */
  newer: number;
  toEnd: () => void;
  /** Brings a row into the middle of the window. */
  toRow: (index: number) => void;
};

/** Where one is in a conversation, and what follows from it. */
export function useScroll(view: RoomView, rows: Row[], scroller: RefObject<HTMLDivElement | null>): Scroll {
  const handle = useRef<VirtualizerHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  // The same, known at once: what is measured in the frame of a scroll must not take back whoever has just gone up.
  const isPinned = useRef(true);
  const pin = (isNow: boolean) => {
    isPinned.current = isNow;
    setAtEnd(isNow);
  };
  const [seenSeq, setSeenSeq] = useState(0);
  const isPrepend = useIsPrepend(rows);
  const loadEarlier = useEarlier(view);
  const newest = view.messages.at(-1)?.seq ?? 0;
  const held = useHeldPlace(rows, isPrepend && !isPinned.current, handle, scroller, topPx);
  const goingUntil = useRef(0);
  const gestureAt = useRef(-Infinity);
  const isByHand = () => performance.now() - gestureAt.current < goingMs;
  const to = (index: number, align: 'center' | 'end') => {
    held.letGo();
    if (align === 'end') goingUntil.current = performance.now() + goingMs;
    else gestureAt.current = performance.now();
    handle.current?.scrollToIndex(index, {align});
  };
  const toEnd = () => to(rows.length - 1, 'end');
  const isPlaced = usePlacement(view, rows, handle, loadEarlier, toEnd, () => pin(false));

  const upper = useRef<{key: string; topPx: number}>(undefined);
  /** Whether one went up: what was at the top of the window has come down. Nothing that is measured or added does that. */
  const hasGoneUp = (list: VirtualizerHandle, offset: number) => {
    const {key, topPx: before} = upper.current ?? {};
    const index = rows.findIndex((row) => row.key === key);
    const hasComeDown = index >= 0 && list.getItemOffset(index) - offset > before! + 1;
    const first = list.findItemIndex(offset);
    const row = rows[first];
    upper.current = row && {key: row.key, topPx: list.getItemOffset(first) - offset};
    return hasComeDown;
  };

  const onScroll = (offset: number) => {
    const list = handle.current;
    if (list === null || !isPlaced.current) return;
    held.onScroll();
    const atEnd = isEnd(list, offset);
    const isWish = isByHand() || performance.now() >= goingUntil.current;
    const hasLeft = hasGoneUp(list, offset) && !atEnd && isWish;
    if (atEnd || hasLeft) pin(atEnd);
    if (atEnd) setSeenSeq(newest);
    if (offset < aheadPx) void loadEarlier();
    keepPosition(view.id, isPinned.current ? undefined : topOf(list, rows, offset));
  };

  const keepEnd = () => {
    if (!isPinned.current || !isPlaced.current || isByHand()) return;
    const {scrollHeight, clientHeight, scrollTop} = scroller.current!;
    if (scrollHeight - clientHeight - scrollTop >= 2) toEnd();
  };
  const onResize = () => {
    held.onResize();
    if (isPinned.current) goingUntil.current = performance.now() + goingMs;
    keepEnd();
  };
  const onScrollEnd = () => {
    held.letGo();
    keepEnd();
  };

  // What one says oneself is shown, wherever one was.
  const own = view.pending.at(-1)?.clientId;
  const lastOwn = useRef(own);
  const lastKey = rows.at(-1)?.key;
  useLayoutEffect(() => {
    const hasSpoken = own !== undefined && own !== lastOwn.current;
    lastOwn.current = own;
    if (hasSpoken || (isPinned.current && isPlaced.current)) toEnd();
    // Only what comes at the end moves the view.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lastKey, rows.length]);

  const latestKeepEnd = useRef(keepEnd);
  useLayoutEffect(() => {
    latestKeepEnd.current = keepEnd;
  });
  // The composer grows, the keyboard opens: whoever was at the end stays there. One observer for all renders, since a
  // new one tells of a size at once, and would take back whoever has just begun to scroll.
  useEffect(() => {
    const observer = new ResizeObserver(() => latestKeepEnd.current());
    const element = scroller.current!;
    observer.observe(element);
    const noteGesture = () => {
      gestureAt.current = performance.now();
    };
    for (const name of gestures) element.addEventListener(name, noteGesture, {passive: true});
    return () => {
      observer.disconnect();
      for (const name of gestures) element.removeEventListener(name, noteGesture);
    };
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
  return {
    handle,
    isPrepend,
    onScroll,
    onResize,
    onScrollEnd,
    isAtEnd: isAtEnd || !isPlaced.current,
    newer,
    toEnd,
    toRow: (index) => to(index, 'center'),
  };
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
  toEnd: () => void,
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
    toEnd();
    const unread = rows.findIndex(({kind}) => kind === 'unread');
    if (unread < 0) return;
    requestAnimationFrame(() => {
      if (topPx + list.getItemOffset(unread) >= list.scrollOffset) return;
      onAway();
      list.scrollToIndex(unread, {align: 'start'});
    });
  });
  return isPlaced;
}

function isEnd(list: VirtualizerHandle, offset: number): boolean {
  return topPx + list.scrollSize - list.viewportSize - offset < endPx;
}

function topOf(list: VirtualizerHandle, rows: Row[], offset: number) {
  for (let index = list.findItemIndex(offset); index < rows.length; index += 1) {
    const row = rows[index];
    if (row?.kind !== 'message') continue;
    return {seq: row.message.seq, offsetPx: offset - topPx - list.getItemOffset(index)};
  }
  return undefined;
}
