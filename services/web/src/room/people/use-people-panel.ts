import {useEffect, useState} from 'react';

const key = 'madang.people';
/**
 * The width at which the panel has its own column. In a narrower window it covers the conversation and is opened on
 * request.
 */
const wideWindow = () => matchMedia('(min-width: 1180px)');
const isOpenByItself = () => wideWindow().matches && localStorage.getItem(key) !== 'closed';

/** Whether the people are shown: in a wide window by default, and as last chosen there. */
export function usePeoplePanel(): [boolean, (isShown: boolean) => void] {
  const [isShown, setShown] = useState(isOpenByItself);
  // When a window becomes narrow, for example by zooming, the panel must not cover the conversation.
  useEffect(() => {
    const wide = wideWindow();
    const update = () => setShown(isOpenByItself());
    wide.addEventListener('change', update);
    return () => wide.removeEventListener('change', update);
  }, []);
  const choose = (next: boolean) => {
    if (wideWindow().matches) localStorage.setItem(key, next ? 'open' : 'closed');
    setShown(next);
  };
  return [isShown, choose];
}
