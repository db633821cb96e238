import {useEffect, useLayoutEffect, useRef, useState, type RefObject} from 'react';
import type {VirtualizerHandle} from 'virtua';
import {client} from '../chat/client.ts';
import type {RoomView} from '../chat/rooms.ts';
import type {Row} from './rows.ts';

/** Close enough to the end to be taken along. */
const endPx = 48;
/** Earlier messages are fetched before their place is reached. */
const aheadPx = 1_200;
const pageSize = 50;

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

  const toEnd = () => handle.current?.scrollToIndex(rows.length - 1, {align: 'end'});

  const onScroll = (offset: number) => {
    const list = handle.current;
    if (list === null) return;
    const atEnd = list.scrollSize - list.viewportSize - offset < endPx;
    setAtEnd(atEnd);
    if (atEnd) setSeenSeq(newest);
    if (offset < aheadPx) void loadEarlier();
  };

  const lastKey = rows.at(-1)?.key;
  useLayoutEffect(() => {
    if (isAtEnd) toEnd();
    // Only what comes at the end moves the view.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [lastKey, rows.length]);

  const keepEnd = useRef(() => {});
  useLayoutEffect(() => {
    keepEnd.current = () => void (isAtEnd && toEnd());
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
    const element = scroller.current!;
    if (element.scrollTop < aheadPx) void loadEarlier();
  });

  const newer = view.messages.filter(
    ({seq, sender}) => seq > seenSeq && sender.id !== client.user?.id,
  ).length;
  return {handle, isPrepend, onScroll, isAtEnd, newer, toEnd};
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

/** Fetches one page of history at a time; a failure is tried again at the next occasion. */
function useEarlier({id, hasEarlier}: RoomView): () => Promise<void> {
  const isLoading = useRef(false);
  return async () => {
    if (isLoading.current || !hasEarlier) return;
    isLoading.current = true;
    await client.loadEarlier(id, pageSize).catch(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
    isLoading.current = false;
  };
}
