import {useEffect, useState} from 'react';

const key = 'madang.people';
/** Where the panel has room of its own; elsewhere it covers the conversation and is opened when asked for. */
const wideWindow = () => matchMedia('(min-width: 1180px)');
const isOpenByItself = () => wideWindow().matches && localStorage.getItem(key) !== 'closed';

/** Whether the people are shown: on a wide window by default, and as last chosen there. */
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
