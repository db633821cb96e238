import {useLayoutEffect, useRef, type RefObject} from 'react';
import type {VirtualizerHandle} from 'virtua';
import type {Row} from './rows.ts';

type Place = {key: string; topPx: number};

type HeldPlace = {
  /** To be told when the view was scrolled, and when rows were measured. */
  onScroll: () => void;
  onResize: () => void;
  /** Scrolling has come to rest, or the view is about to be put elsewhere on purpose. */
  letGo: () => void;
};

/**
 * Holds what one reads where it is while earlier messages are put in front of it.
 *
 * The list keeps the distance from the end then, so a row below the window that is measured only now, as it was skipped
 * by scrolling far at once, would move everything in view. The first message in view is the measure here, until the list
 * has come to rest.
 */
export function useHeldPlace(
  rows: Row[],
  isPrepend: boolean,
  handle: RefObject<VirtualizerHandle | null>,
  scroller: RefObject<HTMLDivElement | null>,
  startPx: number,
): HeldPlace {
  const shown = useRef(rows);
  const place = useRef<Place>(undefined);

  const topOf = (index: number) =>
    startPx + handle.current!.getItemOffset(index) - scroller.current!.scrollTop;
  const indexOf = (key: string) => shown.current.findIndex((row) => row.key === key);
  const look = (): Place | undefined => {
    const first = handle.current!.findItemIndex(scroller.current!.scrollTop);
    for (let index = first; index < shown.current.length; index += 1) {
      const row = shown.current[index];
      if (row?.kind === 'message' && topOf(index) >= 0) return {key: row.key, topPx: topOf(index)};
    }
    return undefined;
  };
  const hold = () => {
    if (place.current === undefined) return;
    const {key, topPx} = place.current;
    const index = indexOf(key);
    if (index < 0) return void (place.current = undefined);
    const drift = topOf(index) - topPx;
    if (Math.abs(drift) >= 1) scroller.current!.scrollTop += drift;
  };

  // While the list still has the rows from before.
  if (isPrepend && handle.current !== null) place.current = look();
  useLayoutEffect(() => {
    shown.current = rows;
    hold();
  });

  // As long as it is in view it stays the same message: one that came above it may have no size yet to go by.
  const follow = () => {
    if (place.current === undefined) return;
    const {key} = place.current;
    const index = indexOf(key);
    const topPx = index < 0 ? -1 : topOf(index);
    const isInView = topPx >= 0 && topPx < scroller.current!.clientHeight;
    place.current = isInView ? {key, topPx} : look();
  };

  return {
    onScroll: follow,
    onResize: hold,
    letGo: () => {
      place.current = undefined;
    },
  };
}
