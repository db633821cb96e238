/**
 * Why the user was signed out, for the sign-in page. The first reason does not come from the server: another tab reports
 * it.
 */
export const endReasons = ['other_tab', 'signed_out', 'revoked', 'expired'] as const;

export type EndReason = (typeof endReasons)[number];

export function isEndReason(reason: unknown): reason is EndReason {
  return endReasons.some((known) => known === reason);
}

/**
 * The page's state after the server has ended a connection for good. A replaced tab is still signed in, and can be used
 * again.
 */
export function phaseAfter(reason: unknown): 'replaced' | 'signedOut' {
  return reason === 'replaced' ? 'replaced' : 'signedOut';
}
