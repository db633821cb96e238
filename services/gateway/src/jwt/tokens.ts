/**
 * JWTs of a tenant's issuers as credentials. They need no session and no Redis, so they work while Redis is away.
 * Postgres records the ones that end early, as it does for sessions.
 */
import {signInByClaims, type TokenUser} from '@madang/database/access/token-users';
import type {Database} from '@madang/database/connections/pool';
import {productName} from '@madang/protocol/fields';
import {colorOf} from '../users/color.ts';
import type {Tenants} from '../tenants.ts';
import type {KeySets} from './key-sets.ts';
import {isStillTaken, namesIssuer, verifyToken, type Trusted, type VerifiedToken} from './verify-token.ts';

export type TokensOptions = {db: Database; tenants: Pick<Tenants, 'get'>; keySets: KeySets};

/** The user that a token stands for, and until when. */
export type TokenIdentity = {
  user: TokenUser['user'];
  tenantId: string;
  sessionHash: string;
  epoch: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
  token: VerifiedToken;
};

export type Tokens = ReturnType<typeof createTokens>;

export function createTokens({db, tenants, keySets}: TokensOptions) {
  async function trustedBy(tenantId: string): Promise<Trusted> {
    const {policy} = await tenants.get(tenantId);
    return {tenantId, issuers: policy.signIn.issuers};
  }

  return {
    /** Throws `unauthenticated`, or `unavailable` while the issuer's keys cannot be read. Reads no user's row. */
    verify: async (tenantId: string, token: string): Promise<VerifiedToken> =>
      verifyToken(keySets, await trustedBy(tenantId), token),

    /** Whether the token names an issuer of the tenant. Any other JWT may be that of a proxy in front. */
    isOfIssuer: async (tenantId: string, token: string): Promise<boolean> =>
      namesIssuer((await trustedBy(tenantId)).issuers, token),

    /** A verified token's user, created or renamed as it says; undefined for a signed-out token or a disabled user. */
    async load(tenantId: string, token: VerifiedToken): Promise<TokenIdentity | undefined> {
      const {externalId, tokenHash, issuedAt, expiresAt, name, displayName} = token;
      const found = await signInByClaims(db, {
        tenantId,
        tokenHash,
        issuedAt,
        externalId,
        ...(name !== undefined && {name}),
        ...(displayName !== undefined && {displayName}),
        byDefault: () => ({
          name: productName.safeParse(externalId).data ?? 'user',
          color: colorOf(externalId),
        }),
      });
      if (!found) return undefined;
      const {user, sessionEpoch: epoch} = found;
      return {user, tenantId, sessionHash: tokenHash, epoch, expiresAt, token};
    },

    /** Whether the tenant's current policy still accepts a token that it accepted before. */
    isStillTaken: async ({tenantId, token}: {tenantId: string; token: VerifiedToken}): Promise<boolean> =>
      isStillTaken(keySets, await trustedBy(tenantId), token),
  };
}
