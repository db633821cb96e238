import type {Tenant} from '@madang/database/operator/tenants';
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import type {DisconnectReason} from '@madang/protocol/disconnects';
import type {LeaveReason} from '@madang/protocol/log';
import type {Logger} from '@madang/runtime/log';
import type {Identity} from '../identity/identify.ts';
import type {EncodedEvent} from './encoded-event.ts';

/** A connection, as far as delivery knows it. */
export type Listener = {
  readonly id: string;
  readonly userId: string;
  /** Written again when the user's name, colour or rights have changed. */
  identity: Identity;
  /** Closed, or about to be: nothing more is shown to it. */
  readonly hasEnded: boolean;
  /** performance.now(), ms. */
  readonly openedAt: number;
  readonly log: Logger;
  readonly subscriptions: UnaskedSubscriptions;
  /** The position in its user's inbox up to which it has been sent everything. */
  inboxPosition: number;
  /** Writes an event behind whatever was written to the connection before. */
  show(event: EncodedEvent): void;
  /** Takes the connection out of the room's socketRoom and tells it why. */
  leaveRoom(roomId: string, leftAt: number, reason: LeaveReason): void;
  /** The same for an event that is this connection's alone. */
  emit<Name extends ServerEventName>(event: Name, payload: ServerEventPayload<Name>): void;
  join(socketRoom: string): void;
  leave(socketRoom: string): void;
  /** Takes in what the policy lets its user do outside of rooms; its client is told what has changed since it was told. */
  rule(tenant: Pick<Tenant, 'policy' | 'policyVersion'>): void;
  /** Ends the connection for good: it hears nothing from this moment, is told why, and is closed after `afterMs`. */
  revoke(reason: DisconnectReason, afterMs: number): void;
};

/** What signals change of the rooms that a connection hears, without its client having asked. */
export type UnaskedSubscriptions = {
  /** It has asked for its rooms and has been given all of them: what it joins elsewhere is sent by itself. */
  readonly hasAllRooms: boolean;
  /** It is asking for its rooms, and has not been given all of them. */
  readonly asksForRooms: boolean;
  /**
   * Lets it hear a room for which it did not ask, and tells it so: its user joined with another device. Does nothing
   * where the user is no member; tries again until it knows.
   */
  subscribeUnasked(roomId: string): Promise<void>;
  /** The same for all rooms whose signals may have been missed, `limit` at once; rejects when they cannot be read. */
  subscribeMissed(limit: number): Promise<void>;
  /** Sends it the state of a room that it hears once more: its user's role or mute changed, which no log tells. */
  showMembership(roomId: string): Promise<void>;
};
