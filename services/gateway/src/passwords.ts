/** Password hashes: argon2id, a few at a time in each lane, and never more waiting than can be answered soon. */
import {hashPassword, isPasswordOf} from '@madang/database/access/password-hash';
import {createHashLane, type HashedBy} from './hash-lane.ts';

/**
 * What a hash is for. The lanes share nothing but the processor, so that neither registrations nor the passwords of
 * rooms, which a guest can ask for all day, hold up who signs in:
 * - `signIn`: the password of an account that signs in;
 * - `account`: a new account, and the passwords of a signed-in user: the present one and the next;
 * - `room`: the passwords of rooms.
 */
export type HashedFor = HashedBy & {lane: 'signIn' | 'account' | 'room'};

export type Passwords = ReturnType<typeof createPasswords>;

export function createPasswords() {
  // Together as many as libuv has threads. A hash takes 10 ms of one, so that the last in line waits some seconds.
  const lanes = {
    signIn: createHashLane({running: 2, waiting: 512, perAddress: 16}),
    account: createHashLane({running: 1, waiting: 128, perAddress: 16}),
    room: createHashLane({running: 1, waiting: 128, perAddress: 16}),
  };
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

/** Who a hash counts for. A service acts for a whole product, so nothing is counted for it. */
export function hashedBy(address: string, user?: {id: string; kind: string}): HashedBy {
  return user?.kind === 'service' ? {} : {address, userId: user?.id};
}
