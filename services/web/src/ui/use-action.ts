import {useRef, useState} from 'react';

/** Runs one action at a time for a form. Returns whether it is busy, and why it failed last. */
export function useAction<Arguments extends unknown[]>(
  action: (...input: Arguments) => Promise<void>,
): {run: (...input: Arguments) => Promise<void>; isBusy: boolean; error: unknown} {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const isRunning = useRef(false);
  const run = async (...input: Arguments) => {
    // Enter in a field submits the form even if its button is disabled.
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await action(...input);
    } catch (caught) {
      setError(caught);
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return {run, isBusy, error};
}
