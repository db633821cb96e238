/** Clients are answered with codes that they can act upon; `internal` says that somebody did not think of something. */
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
