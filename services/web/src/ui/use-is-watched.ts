import {useEffect, useState} from 'react';

/** Whether the user is looking at this page. */
export function useIsWatched(): boolean {
  const isWatched = () => document.visibilityState === 'visible' && document.hasFocus();
  const [watched, setWatched] = useState(isWatched);
  useEffect(() => {
    const update = () => setWatched(isWatched());
    const events = ['focus', 'blur'] as const;
    for (const name of events) addEventListener(name, update);
    document.addEventListener('visibilitychange', update);
    return () => {
      for (const name of events) removeEventListener(name, update);
      document.removeEventListener('visibilitychange', update);
    };
  }, []);
  return watched;
}
