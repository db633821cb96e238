/** The deliveries to a webhook's receiver, in order of arrival, on the clock of the history. */
import type {TenantEvent} from '@madang/protocol/tenant-events';

export type ToldEvent = {
  id: string;
  type: TenantEvent['type'];
  position: number;
  roomId: string | undefined;
  rev: number | undefined;
  /** Only for `message.*`. */
  seq: number | undefined;
  text: string | undefined;
  isDeleted: boolean;
};

export type Delivery = {
  at: number;
  webhookId: string;
  /** `refused`: a 5xx was sent in time. `unanswered`: no answer was sent, or nobody can tell. */
  outcome: 'taken' | 'refused' | 'unanswered';
  events: ToldEvent[];
  isReset: boolean;
};

/** Periods in which the receiver did not accept deliveries properly. */
export type Trouble = {kind: string; startedAt: number; healedAt: number};

export type Deliveries = {
  deliveries: Delivery[];
  troubles: Trouble[];
  /** The events of GET /events once all were delivered: everything up to `position`. */
  pulled: ToldEvent[];
  /** The position of the webhook at the end. */
  position: number;
};

export function readTold({id, type, position, roomId, rev, data}: TenantEvent): ToldEvent {
  const {message, seq} = data;
  return {
    id,
    type,
    position,
    roomId,
    rev,
    seq: message?.seq ?? seq,
    text: message?.text,
    isDeleted: message?.deletedAt !== undefined,
  };
}

/** Returns each event as it was first accepted. */
export function firstTold(deliveries: readonly Delivery[]): Map<string, ToldEvent & {at: number}> {
  const first = new Map<string, ToldEvent & {at: number}>();
  for (const {outcome, at, events} of deliveries) {
    if (outcome !== 'taken') continue;
    for (const event of events) if (!first.has(event.id)) first.set(event.id, {...event, at});
  }
  return first;
}
