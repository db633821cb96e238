/** Password hashes: argon2id, a few at a time in each lane, and never more waiting than can be answered soon. */
import {hashPassword, isPasswordOf} from '@madang/database/access/password-hash';
import type {LaneUser} from '../lanes/lane.ts';
import type {Lanes} from '../lanes/lanes.ts';

/** What a hash is for, and whom it counts for: lanes.ts says why these wait apart. */
export type HashedFor = LaneUser & {lane: keyof Lanes['passwords']};

export type Passwords = ReturnType<typeof createPasswords>;

export function createPasswords(lanes: Lanes['passwords']) {
  // Compared against where there is no user, so that an unknown name takes as long as a wrong password.
  const nobody = hashPassword('nobody');

  return {
    hash: (password: string, {lane, ...by}: HashedFor): Promise<string> =>
      lanes[lane].run(by, () => hashPassword(password)),
    /** False also where there is nothing to compare with, after the same time. */
    verify: (password: string, stored: string | undefined, {lane, ...by}: HashedFor): Promise<boolean> =>
      lanes[lane].run(by, async () => {
        const matches = await isPasswordOf(stored ?? (await nobody), password);
        return matches && stored !== undefined;
      }),
  };
}

/** Whom a hash counts for. A service acts for a whole product, so that nobody is counted but the product. */
export function hashedBy(
  {tenantId: tenant, address}: {tenantId: string; address: string},
  user?: {id: string; kind: string},
): LaneUser {
  return user?.kind === 'service' ? {tenant} : {tenant, address, userId: user?.id};
}
