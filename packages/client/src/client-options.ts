import type {CallError} from './call-error.ts';
import type {SocketIoOptions} from './connection.ts';
import type {CursorStore} from './cursor-keeper.ts';
import type {FollowEvents} from './follow.ts';
import type {NotificationEvents} from './notifications.ts';
import type {OutboxEntry, OutboxState, Refusal} from './outbox.ts';
import type {GetToken} from './token-source.ts';
import type {ServerEvents, User} from './wire.ts';

/** When `online`, the session has started and `rooms` is complete. */
export type Status = 'offline' | 'connecting' | 'online';

export type Times = {
  /** How long a call may take, including the wait for a connection. */
  callMs: number;
  /** A send that is not acknowledged within this time is sent again. */
  sendMs: number;
  /** Each of the first two retries comes within this time; later waits grow. */
  retryMs: number;
  retryMaxMs: number;
};

export type ClientOptions = {
  /**
   * The cluster's address, such as `https://chat.example` or `https://example.com/chat`. In a browser, the default is the
   * page's own origin.
   */
  url?: string;
  /** A session token (`mds_…`) or service key (`mdk_…`), used instead of a cookie. */
  token?: string;
  /**
   * Returns a JWT of the product's own issuer. The client calls it for each connection that needs a new token, and when
   * four fifths of the current token's lifetime have passed. Replaces `token`.
   */
  getToken?: GetToken;
  /** A cookie header to start with, such as another client's `cookie`. Only outside browsers. */
  cookie?: string;
  fetch?: typeof fetch;
  /** Options of socket.io-client, such as an agent or headers. */
  socketOptions?: SocketIoOptions;
  /** What `outbox.export()` returned earlier. The client sends it once the same user is online again. */
  outbox?: OutboxState;
  /**
   * Stores how far this client has read each room. A later client with the same user and store receives what was missed as
   * `message` events, so a bot continues where it stopped.
   */
  cursors?: CursorStore;
  times?: Partial<Times>;
};

/** The events of a client. A name with a colon is the server's event, emitted once the client has applied it. */
export type ClientEvents = Omit<ServerEvents, 'room:log' | keyof FollowEvents> &
  FollowEvents &
  NotificationEvents & {
    status: Status;
    /** Signed in as this user, or signed out. */
    session: User | undefined;
    /** The server refuses this client's credential, and the client stops trying. */
    signedOut: CallError;
    /** An attempt to connect got no answer; the client tries again. The message says why, if that is known. */
    unreachable: CallError;
    /** The outbox changed: store `outbox.export()` now to keep it. */
    outbox: readonly OutboxEntry[];
    /** A message in the outbox was refused permanently. This includes imported messages, whose promise nobody holds. */
    refused: Refusal;
  };

export const defaultTimes: Times = {callMs: 10_000, sendMs: 5_000, retryMs: 1_000, retryMaxMs: 20_000};
