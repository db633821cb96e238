import type {Tenant} from '@madang/database/operator/tenants';
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import type {DisconnectReason} from '@madang/protocol/disconnects';
import type {LeaveReason} from '@madang/protocol/log';
import type {Logger} from '@madang/runtime/log';
import type {Identity} from '../identity/identify.ts';
import type {EncodedEvent} from './encoded-event.ts';

/** A connection as delivery knows it. */
export type Listener = {
  readonly id: string;
  readonly userId: string;
  /** Replaced when the user's name, colour or rights change. */
  identity: Identity;
  /** Closed, or about to close: nothing more is shown to it. */
  readonly hasEnded: boolean;
  /** performance.now(), ms. */
  readonly openedAt: number;
  readonly log: Logger;
  readonly subscriptions: UnaskedSubscriptions;
  /** The position in its user's inbox up to which it has been sent everything. */
  inboxPosition: number;
  /** Writes an event after everything already written to the connection. */
  show(event: EncodedEvent): void;
  /** Takes the connection out of the room's socketRoom and tells it why. */
  leaveRoom(roomId: string, leftAt: number, reason: LeaveReason): void;
  /** Writes an event that is for this connection only. */
  emit<Name extends ServerEventName>(event: Name, payload: ServerEventPayload<Name>): void;
  join(socketRoom: string): void;
  leave(socketRoom: string): void;
  /** Takes in what the policy lets its user do outside of rooms, and tells its client what has changed. */
  applyPolicy(tenant: Pick<Tenant, 'policy' | 'policyVersion'>): void;
  /** Ends the connection for good: it hears nothing from now on, is told the reason, and is closed after `afterMs`. */
  revoke(reason: DisconnectReason, afterMs: number): void;
};

/** How signals change the rooms that a connection hears, without a request from its client. */
export type UnaskedSubscriptions = {
  /** It has asked for its rooms and received all of them: rooms joined elsewhere are sent without a request. */
  readonly hasAllRooms: boolean;
  /** It is asking for its rooms, and has not received all of them. */
  readonly asksForRooms: boolean;
  /**
   * Lets it hear a room that it did not ask for, and tells it: its user joined with another device. Does nothing if the
   * user is no member; retries until it knows.
   */
  subscribeUnasked(roomId: string): Promise<void>;
  /** The same for all rooms whose signals may have been missed, `limit` at once; rejects if they cannot be read. */
  subscribeMissed(limit: number): Promise<void>;
  /** Sends again the state of a room that it hears: its user's role or mute changed, which no log entry tells. */
  showMembership(roomId: string): Promise<void>;
};
