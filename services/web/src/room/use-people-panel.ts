import {useState} from 'react';

const key = 'madang.people';
/** Where the panel has room of its own; elsewhere it covers the conversation and is opened when asked for. */
const isWide = () => matchMedia('(min-width: 1180px)').matches;

/** Whether the people are shown: on a wide window by default, and as last chosen there. */
export function usePeoplePanel(): [boolean, (isShown: boolean) => void] {
  const [isShown, setShown] = useState(() => isWide() && localStorage.getItem(key) !== 'closed');
  const choose = (next: boolean) => {
    if (isWide()) localStorage.setItem(key, next ? 'open' : 'closed');
    setShown(next);
  };
  return [isShown, choose];
}
