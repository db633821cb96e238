/** Why one is signed out, as the sign-in page tells it. The first is no word of the server's: another tab says it. */
export const endReasons = ['other_tab', 'signed_out', 'revoked', 'expired'] as const;

export type EndReason = (typeof endReasons)[number];

export function isEndReason(reason: unknown): reason is EndReason {
  return endReasons.some((known) => known === reason);
}

/** Where the page is after the server has ended a connection for good. A replaced tab is still signed in: it can be used again. */
export function phaseAfter(reason: unknown): 'replaced' | 'signedOut' {
  return reason === 'replaced' ? 'replaced' : 'signedOut';
}
