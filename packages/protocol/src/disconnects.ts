/**
 * Why a server closes a connection: the `reason` of `session:ending`. `reconnect` says whether the client may come
 * back with the credential it has.
 */
export const disconnectTable = {
  shutting_down: {reconnect: true},
  too_slow: {reconnect: true},
  signed_out: {reconnect: false},
  revoked: {reconnect: false},
  expired: {reconnect: false},
  /** The user has opened more connections than one may; this was the oldest. The session goes on. */
  replaced: {reconnect: false},
} as const;

export type DisconnectReason = keyof typeof disconnectTable;
