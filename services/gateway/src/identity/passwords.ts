/** Password hashes with argon2id: a few at a time in each lane, and no more waiting than can be answered soon. */
import {hashPassword, isPasswordOf} from '@madang/database/access/password-hash';
import type {Context} from '../context.ts';
import type {LaneUser} from '../lanes/lane.ts';
import type {Lanes} from '../lanes/lanes.ts';

/** What a hash is for, and whom it counts against: lanes.ts says why these wait separately. */
export type HashedFor = LaneUser & {lane: keyof Lanes['passwords']};

export type Passwords = ReturnType<typeof createPasswords>;

export function createPasswords(lanes: Lanes['passwords']) {
  // Compared against if there is no user, so that an unknown name takes as long as a wrong password.
  const nobody = hashPassword('nobody');

  return {
    hash: (password: string, {lane, ...by}: HashedFor): Promise<string> =>
      lanes[lane].run(by, () => hashPassword(password)),
    /** False, after the same time, if there is nothing to compare with. */
    verify: (password: string, stored: string | undefined, {lane, ...by}: HashedFor): Promise<boolean> =>
      lanes[lane].run(by, async () => {
        const matches = await isPasswordOf(stored ?? (await nobody), password);
        return matches && stored !== undefined;
      }),
  };
}

/** Whom a hash counts against. A key calls for a whole product, also as a user, so only the product is counted. */
export function hashedBy({
  tenantId: tenant,
  address,
  caller,
}: Pick<Context, 'tenantId' | 'address' | 'caller'>): LaneUser {
  return caller?.key ? {tenant} : {tenant, address, userId: caller?.user.id};
}
