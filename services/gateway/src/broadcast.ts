/** Who can be reached from here, and how. The delivery of the node implements it; features know only these types. */
import type {Signal} from '@madang/database/delivery/pulse';
import type {ServerEventName, ServerEventPayload} from '@madang/protocol/events';
import type {Frame} from '@madang/protocol/log';

/** Ways to other connections, here and on other nodes. At most once; the pulse makes up for what is lost. */
export type Broadcast = {
  /** After commit: this node's feed and, through Redis, those of all nodes that host the room. */
  frame(frame: Frame): void;
  /** After commit: the nodes that the signal concerns look at once instead of with the next pulse. */
  signal(signal: Signal): void;
  /** A retry met its first result, whose frame may have been lost with its node: feeds behind `rev` ask Postgres now. */
  catchUp(position: {roomId: string; rev: number}): void;
  /** Sends an event that may be lost to an audience on every node, except to the connection `except`. */
  emit<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
    except?: string,
  ): void;
  /** The same, to this node's sockets alone. */
  emitLocally<Name extends ServerEventName>(
    to: Audience,
    event: Name,
    payload: ServerEventPayload<Name>,
  ): void;
};

/** Who hears a room, all connections of a user, or those that watch a tenant's presence or lobby. */
export type Audience =
  | {room: string}
  | {user: string}
  | {presence: string}
  /** The services among those. */
  | {servicePresence: string}
  | {lobby: string};

/** A place whose users are announced as they come and go. */
export type PresencePlace = {kind: 'room' | 'tenant'; id: string; tenantId: string};
