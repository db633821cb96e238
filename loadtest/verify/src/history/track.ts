/** What one device was shown of one room's log, in order of arrival. */

/**
 * - `joined`, `session`: a RoomState, of joining (or `room:joined`) or of `session:start`.
 * - `live`: a `room:log`.
 * - `answer`: a frame of `room:sync` or `session:start`.
 * - `applied`: a frame that the SDK says it has taken, live or fetched.
 * - `left`: the device received the end of the membership.
 */
export type Via = 'joined' | 'session' | 'live' | 'answer' | 'applied' | 'left';

export type Stretch = {
  at: number;
  via: Via;
  /** The number of the device's connection. */
  connection: number;
  epoch: string;
  after: number;
  head: number;
  /** Indices into the history's entries. */
  entries: readonly number[];
  reset: boolean;
  /** For a RoomState only. */
  joinedAt: number;
};

export type Track = {
  device: string;
  userId: string;
  session: string;
  roomId: string;
  /** A raw client's track has every frame as it came. An SDK's track has the frames that the SDK applied. */
  isRaw: boolean;
  stretches: Stretch[];
};

/** One entry of a log as it was shown. Equal entries are one object. */
export type ShownEntry = {
  roomId: string;
  epoch: string;
  rev: number;
  type: string;
  /** For a message, or what was put on one. */
  seq: number | undefined;
  /** The message is shown at the place where it was sent, as a later change has left it. */
  isAhead: boolean;
  clientId: string | undefined;
  text: string | undefined;
  /** Everything that must be the same for every reader. */
  content: string;
  /** When it was first shown, and to which device. */
  firstAt: number;
  firstTo: string;
};
