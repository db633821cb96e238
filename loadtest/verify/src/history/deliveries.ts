/** What a webhook's receiver was told, in order of arrival, on the clock of the history. */
import type {TenantEvent} from '@madang/protocol/tenant-events';

export type ToldEvent = {
  id: string;
  type: TenantEvent['type'];
  position: number;
  roomId: string | undefined;
  rev: number | undefined;
  /** Of `message.*`. */
  seq: number | undefined;
  text: string | undefined;
  isDeleted: boolean;
};

export type Delivery = {
  at: number;
  webhookId: string;
  /** `refused`: a 5xx was sent in time. `unanswered`: nothing was, or nobody can tell. */
  outcome: 'taken' | 'refused' | 'unanswered';
  events: ToldEvent[];
  isReset: boolean;
};

/** When the receiver did not take what it was sent as it should. */
export type Trouble = {kind: string; startedAt: number; healedAt: number};

export type Deliveries = {
  deliveries: Delivery[];
  troubles: Trouble[];
  /** Of GET /events, once all was told: everything up to `position`. */
  pulled: ToldEvent[];
  /** Where the webhook was in the end. */
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

/** Each event as it was taken first. */
export function firstTold(deliveries: readonly Delivery[]): Map<string, ToldEvent & {at: number}> {
  const first = new Map<string, ToldEvent & {at: number}>();
  for (const {outcome, at, events} of deliveries) {
    if (outcome !== 'taken') continue;
    for (const event of events) if (!first.has(event.id)) first.set(event.id, {...event, at});
  }
  return first;
}
