import {useState} from 'react';

/** Runs one thing at a time for a form: what it is at, and why it failed last. */
export function useAction<Arguments extends unknown[]>(
  action: (...input: Arguments) => Promise<void>,
): {run: (...input: Arguments) => Promise<void>; isBusy: boolean; error: unknown} {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (...input: Arguments) => {
    setBusy(true);
    setError(undefined);
    try {
      await action(...input);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return {run, isBusy, error};
}
