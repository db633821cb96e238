/**
 * Which connections a feature can reach, and how. Features know only these types; the node's delivery implements them.
 */
import type {Signal} from '@madang/database/delivery/pulse';
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import type {Frame} from '@madang/protocol/log';

/** Sends to other connections, on this node and others. Delivery is at most once; the pulse makes up for losses. */
export type Broadcast = {
  /** After commit: passes the frame to this node's feed and, through Redis, to those of all nodes hosting the room. */
  frame(frame: Frame): void;
  /** After commit: the nodes that the signal concerns read at once instead of waiting for the next pulse. */
  signal(signal: Signal): void;
  /** A retry got its first result, whose frame may be lost with its node: feeds behind `rev` read Postgres now. */
  catchUp(position: {roomId: string; rev: number}): void;
  /** Sends an event that may be lost to an audience on every node, except to the connection `except`. */
  emit<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
    except?: string,
  ): void;
  /** The same, to this node's sockets only. */
  emitLocally<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
  ): void;
};

/** The connections that hear a room, those of one user, or those that watch a tenant's presence or lobby. */
export type Audience =
  | {room: string}
  | {user: string}
  | {presence: string}
  /** The services among those that watch presence. */
  | {servicePresence: string}
  | {lobby: string};

/** A place whose users are announced as they come and go. */
export type PresencePlace = {kind: 'room' | 'tenant'; id: string; tenantId: string};
