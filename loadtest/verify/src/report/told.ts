/** The deliveries to a webhook in a run, and how soon they came when nothing was wrong. */
import type {FaultRecord} from '../faults/fault.ts';
import {firstTold, type Deliveries, type ToldEvent} from '../history/deliveries.ts';
import type {History} from '../history/history.ts';
import type {Result} from '../result.ts';
import {within, type Goal} from './goal.ts';

/** For this long, a fault may still delay deliveries. */
const recoveryMs = {fault: 10_000, trouble: 5_000};
const toldWithinMs = 2_000;

export function describeTold({told, history, faults, violations}: Result): Goal[] {
  if (!told) return [];
  const broken = violations.filter(({invariant}) => invariant === 'untold' || invariant === 'told order');
  return [
    {
      what: 'changes told to a webhook and pulled',
      goal: '0 missing, in order',
      here: `${broken.length} missing or out of order; ${countTold(told)}`,
      isMet: broken.length === 0,
    },
    ...within(
      'told after a send, nothing being wrong',
      {p99: toldWithinMs},
      lagsOf(told, history, (at) => isQuiet(at, told, faults)),
    ),
  ];
}

export function countTold({deliveries, pulled}: Deliveries): string {
  const taken = deliveries.filter(({outcome}) => outcome === 'taken');
  const first = [...firstTold(deliveries).values()];
  const count = (isMeant: (event: ToldEvent) => boolean) => first.filter(isMeant).length;
  const all = taken.reduce((sum, {events}) => sum + events.length, 0);
  return [
    `${count(({type}) => type === 'message.created')} messages`,
    `${count(({type}) => type === 'message.updated' || type === 'message.deleted')} edits and deletions`,
    `${first.length} events in ${taken.length} deliveries`,
    `${deliveries.length - taken.length} more failed`,
    `${all - first.length} events told again`,
    `${pulled.length} pulled`,
  ].join(', ');
}

/** From the acknowledgement of a send until the receiver accepted its event. */
function lagsOf({deliveries}: Deliveries, {operations}: History, isMeant: (at: number) => boolean): number[] {
  const created = [...firstTold(deliveries).values()].filter(({type}) => type === 'message.created');
  const toldAt = new Map(created.map(({roomId, seq, at}) => [`${roomId} ${seq}`, at]));
  return operations.flatMap(({kind, outcome, duplicate, roomId, seq, completedAt}) => {
    const at = toldAt.get(`${roomId} ${seq}`);
    const isSend = kind === 'send' && outcome === 'ok' && !duplicate;
    return isSend && at !== undefined && isMeant(completedAt) ? [Math.max(0, at - completedAt)] : [];
  });
}

/** Judged by the time of the send, so that a long lag excuses nothing. */
function isQuiet(at: number, {troubles}: Deliveries, faults: FaultRecord[]): boolean {
  const isAway = (after: number) => (each: {startedAt: number; healedAt: number}) =>
    each.startedAt > at + toldWithinMs || each.healedAt + after < at;
  return faults.every(isAway(recoveryMs.fault)) && troubles.every(isAway(recoveryMs.trouble));
}
