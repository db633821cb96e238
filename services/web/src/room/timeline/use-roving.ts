import {useLayoutEffect, useRef, type FocusEvent, type KeyboardEvent, type RefObject} from 'react';
import {isComposing} from '../../ui/is-composing.ts';

type Roving = {onFocus: (event: FocusEvent) => void; onKeyDown: (event: KeyboardEvent) => void};

/** A failed message needs a decision, so its buttons are reached like any others. */
const ownStops = '[data-own-stops]';

/**
 * Makes the messages of a list one tab stop. Up, down, Home and End move between messages; right and left move to the
 * elements in a message and back.
 */
export function useRoving(list: RefObject<HTMLElement | null>): Roving {
  const current = useRef<HTMLElement>(undefined);

  useLayoutEffect(() => {
    const settle = () => keepOneStop(list.current!, current.current);
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(list.current!, {childList: true, subtree: true});
    return () => observer.disconnect();
  }, [list]);

  return {
    onFocus: ({target}) => {
      current.current = target.closest<HTMLElement>('article') ?? undefined;
      keepOneStop(list.current!, current.current);
    },
    onKeyDown: (event) => {
      const {altKey, ctrlKey, metaKey, shiftKey, key} = event;
      if (isComposing(event.nativeEvent) || altKey || ctrlKey || metaKey || shiftKey) return;
      const next = nextOf(list.current!, event.target as HTMLElement, key);
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      next.focus();
    },
  };
}

function keepOneStop(list: HTMLElement, current: HTMLElement | undefined): void {
  const articles = [...list.querySelectorAll('article')];
  const stop =
    articles.find((article) => article === current) ?? articles.findLast((one) => !one.matches(ownStops));
  for (const element of list.querySelectorAll<HTMLElement>('a[href], button, [tabindex]')) {
    if (element.closest(ownStops) !== null) continue;
    const tabIndex = element === stop ? 0 : -1;
    if (element.tabIndex !== tabIndex) element.tabIndex = tabIndex;
  }
}

/** Returns where a key leads from an element of the list, or undefined if the key means something else. */
function nextOf(list: HTMLElement, from: HTMLElement, key: string): HTMLElement | undefined {
  const article = from.closest('article');
  if (article === null) return undefined;
  const articles = [...list.querySelectorAll('article')];
  const at = articles.indexOf(article);
  const inside = [article, ...article.querySelectorAll<HTMLElement>('a[href], button:not(:disabled)')];
  const insideAt = inside.indexOf(from);
  const targets: Record<string, HTMLElement | undefined> = {
    ArrowUp: articles[at - 1] ?? article,
    ArrowDown: articles[at + 1] ?? article,
    Home: articles[0],
    End: articles.at(-1),
    ArrowRight: inside[insideAt + 1] ?? inside.at(-1),
    ArrowLeft: inside[Math.max(0, insideAt - 1)],
    Escape: from === article ? undefined : article,
  };
  return targets[key];
}
