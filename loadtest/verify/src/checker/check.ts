import type {History} from '../history/history.ts';
import type {Stored} from '../history/stored.ts';
import {checkAgreement, checkContinuity} from './agreement.ts';
import {checkAnswers} from './answers.ts';
import {checkCapacity, checkMembership} from './membership.ts';
import {checkOrder} from './order.ts';
import {checkPages} from './pages.ts';
import {checkReaders} from './readers.ts';
import {checkRights} from './rights.ts';
import {checkRevocation} from './revocation.ts';
import {checkSends} from './sends.ts';
import {Truth} from './truth.ts';
import type {Violation} from './violation.ts';

export type CheckOptions = {
  /** Devices that were connected at the end. */
  present?: ReadonlySet<string>;
  /** Whether nothing was done to the cluster in [from, to]. */
  wasCalm?: (from: number, to: number) => boolean;
};

/** Compares a history with what is stored, in O(n log n). The result is empty when every promise was kept. */
export function check(history: History, stored: Stored, {present, wasCalm}: CheckOptions = {}): Violation[] {
  const truth = new Truth(stored);
  return [
    ...checkSends(history, truth),
    ...checkAgreement(history, truth),
    ...checkContinuity(history, truth),
    ...checkReaders(history, truth, present),
    ...checkOrder(history),
    ...checkMembership(history, truth),
    ...checkCapacity(truth),
    ...checkRevocation(history, wasCalm),
    ...checkRights(history, truth),
    ...checkPages(history, truth),
    ...checkAnswers(history),
  ];
}
