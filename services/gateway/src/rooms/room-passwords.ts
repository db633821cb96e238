import type {SignedInContext} from '../context.ts';
import {hashedBy} from '../passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/** The hash under which a room's new password is stored. */
export function hashRoomPassword(
  {node, address, caller}: SignedInContext<RoomsNeeds>,
  password: string,
): Promise<string> {
  return node.passwords.hash(password, {lane: 'room', ...hashedBy(address, caller.user)});
}
