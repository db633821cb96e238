import {useEffect, useState} from 'react';

/** A timer cannot wait for longer than some weeks. A page is reloaded before that. */
const maxMs = 2 ** 31 - 1;

/** Whether a time is yet to come. Renders again once it has come. */
export function useIsAhead(time: string | undefined): boolean {
  const at = time === undefined ? 0 : Date.parse(time);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (at <= Date.now()) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.min(at - Date.now() + 50, maxMs));
    return () => clearTimeout(timer);
  }, [at]);
  return at > now;
}
