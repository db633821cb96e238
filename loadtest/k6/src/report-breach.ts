import type {Breach} from './ledger.ts';
import {breaches} from './measures.ts';

/** Enough to find the cause by; a broken server would fill the terminal. */
const detailsAtMost = 5;
let details = 0;

/** Counts a broken promise, and tells what was seen. */
export function reportBreach(breach: Breach, times: number, detail: string): void {
  breaches[breach].add(times);
  if (details++ < detailsAtMost) console.error(`${breach}: ${detail}`);
}
