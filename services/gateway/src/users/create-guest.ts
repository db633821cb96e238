import {randomInt} from 'node:crypto';
import {insertGuest, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {GuestInput, UserResult} from '@madang/protocol/users';
import {afterCommit} from '../calls/after-commit.ts';
import type {Context, Handler} from '../context.ts';
import {colorOf} from './color.ts';
import {requireRoomForGuest} from './guest-bounds.ts';
import {refuseReservedNames} from './reserved-names.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

// Without letters and digits that look alike.
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const attempts = 5;

/**
 * Makes a guest and signs it in. Guests may share a name, but may not take an account's name, a reserved one, or one
 * that looks the same. A chosen name of that kind is a `conflict`; if no name was chosen, another is generated.
 * `forbidden` if the tenant accepts no guests.
 */
export const createGuest: Handler<Context<UsersNeeds>, GuestInput, UserResult> = async (
  ctx,
  {displayName},
) => {
  const session = sessionOf(ctx);
  const {policy} = await ctx.node.tenants.get(ctx.tenantId);
  if (!policy.signIn.guests) throw new ChatError('forbidden', {message: 'Guests may not sign in here.'});
  await refuseReservedNames(ctx, displayName);
  await requireRoomForGuest(ctx);
  await session.prepare('cookie');
  const stored = await insert(ctx, displayName, colorOf(session.seed));
  await afterCommit(session.signIn(stored, 'guest'));
  return {user: stored.user};
};

async function insert(
  {node, tenantId}: Context<UsersNeeds>,
  chosen: string | undefined,
  color: string,
): Promise<StoredUser> {
  for (let left = attempts; ; left -= 1) {
    try {
      return await insertGuest(node.db, {tenantId, name: chosen ?? madeUpName(), color});
    } catch (error) {
      const isTaken = error instanceof ChatError && error.code === 'conflict';
      if (!isTaken || chosen !== undefined || left <= 1) throw error;
    }
  }
}

function madeUpName(): string {
  const letters = Array.from({length: 4}, () => alphabet[randomInt(alphabet.length)]);
  return `guest-${letters.join('')}`;
}
