/** Clients must get codes that they can act on; `internal` means that somebody overlooked a case. */
import type {History} from '../history/history.ts';
import {describe, type Violation} from './violation.ts';

export function checkAnswers(history: History): Violation[] {
  const unexpected = history.operations.filter(({code}) => code === 'internal' || code === 'invalid');
  return [
    ...unexpected.map((operation) => ({
      invariant: 'answers' as const,
      what: `a ${operation.kind} was answered ${operation.code}`,
      evidence: [describe(operation)],
    })),
    ...history.breaches.map((what) => ({invariant: 'answers' as const, what, evidence: []})),
  ];
}
