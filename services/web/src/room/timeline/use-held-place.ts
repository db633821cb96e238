import {useLayoutEffect, useRef, useState, type RefObject} from 'react';
import type {Row} from './rows.ts';
import {indexOf} from './shown-rows.ts';

/** The user's place in a conversation: at its end, or where a row begins this far below the top of the window. */
export type Place = 'end' | {key: string; topPx: number};

/** So close to the end that the view follows new messages. */
const endPx = 48;

type Shown = {
  rows: readonly Row[];
  /** The part of the history that the rows are of. */
  page: unknown;
  /** Whether nothing newer than these rows is left out. */
  hasNewest: boolean;
  scroller: RefObject<HTMLElement | null>;
  /** Contains an element for each of the rows. */
  list: RefObject<HTMLElement | null>;
  /** Called when something moved or was resized and the place has been restored. */
  onSettled: () => void;
};

type HeldPlace = {
  place: RefObject<Place>;
  isAtEnd: boolean;
  onScroll: () => void;
  goTo: (place: Place) => void;
  /** Returns how far below the top of the window a row begins, or undefined if it is not in the page. */
  topOf: (key: string) => number | undefined;
};

/**
 * Keeps the message being read in its place, or the end in view, while rows are added, removed or resized.
 *
 * After each change the place is restored before the browser paints, so nothing visibly moves. Only the user's scrolling
 * changes the place. A scroll whose event is still to come shows as a difference to where the last restoration left the
 * window.
 */
export function useHeldPlace(shown: Shown): HeldPlace {
  const {scroller, list} = shown;
  const place = useRef<Place>('end');
  const [isAtEnd, setAtEnd] = useState(true);
  const latest = useRef(shown);
  const knownTop = useRef(0);

  const be = (next: Place) => {
    place.current = next;
    setAtEnd(next === 'end');
  };
  const topOf = (key: string) => {
    const row = list.current!.children[indexOf(latest.current.rows, key)];
    return row && row.getBoundingClientRect().top - scroller.current!.getBoundingClientRect().top;
  };
  const belowPx = () => {
    const {scrollHeight, clientHeight, scrollTop} = scroller.current!;
    return latest.current.hasNewest ? scrollHeight - clientHeight - scrollTop : Infinity;
  };

  /** Returns the first message that begins in the window, else the one that fills it. */
  const look = (): Place => {
    let found: Place = 'end';
    for (const {kind, key} of latest.current.rows) {
      if (kind !== 'message') continue;
      const topPx = topOf(key)!;
      if (topPx >= scroller.current!.clientHeight) break;
      found = {key, topPx};
      if (topPx >= 0) break;
    }
    return found;
  };

  /** Records the scrolling since the last look. New rows at the end move nobody away from it. */
  const follow = (): boolean => {
    const movedPx = scroller.current!.scrollTop - knownTop.current;
    if (Math.abs(movedPx) < 1) return false;
    knownTop.current = scroller.current!.scrollTop;
    if (belowPx() < endPx) be('end');
    else if (place.current !== 'end') be({...place.current, topPx: place.current.topPx - movedPx});
    else if (movedPx < 0) be(look());
    return true;
  };

  const restore = () => {
    if (place.current === 'end') {
      scroller.current!.scrollTop = scroller.current!.scrollHeight;
      return;
    }
    const {key, topPx} = place.current;
    const beforePx = topOf(key);
    if (beforePx === undefined) return be(look());
    if (Math.abs(beforePx - topPx) >= 0.5) scroller.current!.scrollTop += beforePx - topPx;
    const heldPx = topOf(key)!;
    if (belowPx() < 1) be('end');
    else if (heldPx < 0 || heldPx >= scroller.current!.clientHeight) be(look());
    // Near either end of the list, some places cannot be restored.
    else if (Math.abs(heldPx - topPx) > 1) be({key, topPx: heldPx});
  };

  const hold = () => {
    follow();
    restore();
    knownTop.current = scroller.current!.scrollTop;
  };

  useLayoutEffect(() => {
    // The browser moves the window itself if the rows of another part are not as high. Nobody has scrolled.
    if (latest.current.page !== shown.page) knownTop.current = scroller.current!.scrollTop;
    latest.current = shown;
    hold();
  });
  const settle = useRef(() => {});
  useLayoutEffect(() => {
    settle.current = () => {
      hold();
      shown.onSettled();
    };
  });
  // The composer grows, the keyboard opens, or a font arrives.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => settle.current());
    observer.observe(scroller.current!);
    observer.observe(list.current!);
    return () => observer.disconnect();
  }, [scroller, list]);

  return {
    place,
    isAtEnd,
    onScroll: () => {
      if (follow() && place.current !== 'end') be(look());
      shown.onSettled();
    },
    goTo: (next) => {
      be(next);
      if (next === 'end' || topOf(next.key) !== undefined) hold();
    },
    topOf,
  };
}
