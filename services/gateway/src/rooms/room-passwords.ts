import type {SignedInContext} from '../context.ts';
import {hashedBy} from '../identity/passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/** The hash of a room's new password, as it is stored. */
export function hashRoomPassword(ctx: SignedInContext<RoomsNeeds>, password: string): Promise<string> {
  return ctx.node.passwords.hash(password, {lane: 'room', ...hashedBy(ctx)});
}
