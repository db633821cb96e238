import type {Calls, Grant, Right, RoomState} from './wire.ts';

const speaking: ReadonlySet<Grant> = new Set(['send', 'attach', 'data']);
const lasting: ReadonlySet<Grant> = new Set(['members', 'history', 'manage']);

/** Whether the user may do something in a room now. The server has the last word, also where it said nothing of it before. */
export function mayIn({room, membership}: Pick<RoomState, 'room' | 'membership'>, grant: Grant): boolean {
  if (room.archivedAt !== undefined && !lasting.has(grant)) return false;
  const {mutedUntil} = membership;
  if (speaking.has(grant) && mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now()) return false;
  // A gateway of the release before says nothing of grants, and there everybody had those of their role.
  return membership.may?.includes(grant) ?? true;
}

const everything: readonly Right[] = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'];

/** What the user may do outside of rooms. A gateway of the release before does not say, and refuses what is not allowed. */
export function rightsIn({may = [...everything]}: Calls['session:start']['result']): readonly Right[] {
  return may;
}
