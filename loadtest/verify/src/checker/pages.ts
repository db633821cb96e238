/** History pages that are read one after the other must have every message once, newest first. */
import type {History} from '../history/history.ts';
import type {Operation} from '../history/operation.ts';
import {within, type Truth} from './truth.ts';
import {describe, type Violation} from './violation.ts';

export function checkPages(history: History, truth: Truth): Violation[] {
  const acknowledged = new Map<string, Operation[]>();
  for (const operation of history.operations) {
    const {kind, outcome, roomId, duplicate} = operation;
    if (kind !== 'send' || outcome !== 'ok' || duplicate) continue;
    const sends = acknowledged.get(roomId!);
    if (sends) sends.push(operation);
    else acknowledged.set(roomId!, [operation]);
  }
  return history.operations.flatMap((operation) => {
    if (operation.kind !== 'history' || operation.outcome !== 'ok') return [];
    const fault = findFault(operation, truth, acknowledged.get(operation.roomId!) ?? []);
    return fault === undefined
      ? []
      : [
          {
            invariant: 'history' as const,
            what: `pages of history ${fault}`,
            evidence: [describe(operation), ...operation.pages!.map((page) => `page: ${summarise(page)}`)],
          },
        ];
  });
}

function findFault(read: Operation, truth: Truth, sends: Operation[]): string | undefined {
  const seqs = read.pages!.flat();
  const log = truth.logs.get(read.roomId!);
  if (!log) return undefined;
  for (const [index, seq] of seqs.entries()) {
    if (index > 0 && seq >= seqs[index - 1]!) return `have seq ${seq} after ${seqs[index - 1]}`;
  }
  const newest = seqs[0] ?? 0;
  const oldest = read.isWhole ? 0 : (seqs.at(-1) ?? 0);
  const read_ = new Set(seqs);
  const hole = within(log.seqs, oldest, newest).find((seq) => !read_.has(seq));
  if (hole !== undefined) return `leave out seq ${hole}`;
  const invented = seqs.find((seq) => !log.bySeq.has(seq));
  if (invented !== undefined) return `have seq ${invented}, which is not stored`;
  const unread = sends.find(({seq, completedAt}) => seq! > newest && completedAt < read.invokedAt);
  if (unread) return `do not have seq ${unread.seq}, which had been acknowledged before`;
  return undefined;
}

function summarise(page: number[]): string {
  return page.length < 7 ? page.join(' ') : `${page.slice(0, 3).join(' ')} … ${page.slice(-3).join(' ')}`;
}
