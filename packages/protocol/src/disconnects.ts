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
} as const;

export type DisconnectReason = keyof typeof disconnectTable;
