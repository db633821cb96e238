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
  /** Counts the connections of the device. */
  connection: number;
  epoch: string;
  after: number;
  head: number;
  /** Indices into the history's entries. */
  entries: readonly number[];
  reset: boolean;
  /** Of a RoomState. */
  joinedAt: number;
};

export type Track = {
  device: string;
  userId: string;
  session: string;
  roomId: string;
  /** A raw client's track has every frame as it came; an SDK's has those that the SDK applied. */
  isRaw: boolean;
  stretches: Stretch[];
};

/** One entry of a log as somebody was shown it; those that are alike are one. */
export type ShownEntry = {
  roomId: string;
  epoch: string;
  rev: number;
  type: string;
  /** Of a message. */
  seq: number | undefined;
  clientId: string | undefined;
  text: string | undefined;
  /** All that must be the same for everyone. */
  content: string;
  /** When it was first shown, and to which device. */
  firstAt: number;
  firstTo: string;
};
