/** Measures how much a check reads: long texts must be refused, or cut, before anything else reads them. */
import {vi} from 'vitest';

/** The most code points of a text that one call of `normalize` or of a regular expression gets during `act`. */
export function mostLookedAt(text: string, act: () => void): number {
  let most = 0;
  const [first = ''] = text;
  const count = (given: unknown) => {
    if (String(given).startsWith(first)) most = Math.max(most, Array.from(String(given)).length);
  };
  const {exec} = RegExp.prototype;
  const {normalize} = String.prototype;
  const spies = [
    vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, given) {
      count(given);
      return exec.call(this, given);
    }),
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form) {
      count(this);
      return normalize.call(this, form);
    }),
  ];
  try {
    act();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return most;
}
