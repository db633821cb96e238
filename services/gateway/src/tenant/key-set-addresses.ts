import {ChatError} from '@madang/protocol/errors';
import type {Policy} from '@madang/protocol/policy';
import {OutboundError, type Outbound} from '@madang/runtime/outbound';

const timeoutMs = 3_000;

/**
 * Throws `invalid` for a plain http address of a key set that this cluster would never read because OUTBOUND_ALLOW does
 * not name it. Addresses that the policy already had are not checked again.
 */
export async function requireReadableKeySets(
  outbound: Pick<Outbound, 'check'>,
  before: Policy,
  {signIn: {issuers}}: Policy,
): Promise<void> {
  const known = new Set(before.signIn.issuers.map(({jwks}) => jwks));
  for (const [index, {jwks}] of issuers.entries()) {
    if (typeof jwks !== 'string' || known.has(jwks) || URL.parse(jwks)?.protocol !== 'http:') continue;
    try {
      await outbound.check(jwks, {timeoutMs});
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const issue = {path: `signIn.issuers.${index}.jwks`, message: error.message};
      throw new ChatError('invalid', {details: {issues: [issue]}});
    }
  }
}
