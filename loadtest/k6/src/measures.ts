/** Everything that a run counts and times, as k6's own metrics. */
import {Counter, Trend} from 'k6/metrics';
import type {Breach} from './ledger.ts';

export const acknowledged = new Counter('messages_acknowledged');
export const delivered = new Counter('messages_delivered');
/** Rooms that got a verdict: a run that broke off midway must not count as a good one. */
export const roomsChecked = new Counter('rooms_checked');
export const sendsRefused = new Counter('sends_refused');
export const sendsUnanswered = new Counter('sends_unanswered');
export const connectionsOpened = new Counter('connections_opened');
/** Connections that ended, but not from this side. */
export const connectionsLost = new Counter('connections_lost');
export const connectionsClosed = new Counter('connections_closed');

export const sendToAcknowledged = new Trend('send_to_acknowledged', true);
export const sendToDelivered = new Trend('send_to_delivered', true);
export const connectToReady = new Trend('connect_to_ready', true);
/** The time from the loss of a connection until its user had caught up on the next. */
export const withoutService = new Trend('without_service', true);

export const breaches: Record<Breach, Counter> = {
  lost: new Counter('messages_lost'),
  repeated: new Counter('messages_repeated'),
  misordered: new Counter('messages_misordered'),
  altered: new Counter('messages_altered'),
};
