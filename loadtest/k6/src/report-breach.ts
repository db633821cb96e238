import type {Breach} from './ledger.ts';
import {breaches} from './measures.ts';

/** Enough details to find the cause. A broken server would otherwise fill the terminal. */
const detailsAtMost = 5;
let details = 0;

/** Counts a broken promise, and prints its details. */
export function reportBreach(breach: Breach, times: number, detail: string): void {
  breaches[breach].add(times);
  if (details++ < detailsAtMost) console.error(`${breach}: ${detail}`);
}
