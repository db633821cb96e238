import type {Calls, Grant, Right, RoomState} from './wire.ts';

const speaking: ReadonlySet<Grant> = new Set(['send', 'attach', 'data']);
const lasting: ReadonlySet<Grant> = new Set(['members', 'history', 'manage']);

/** Whether the user may now do something in a room. The server decides in the end, including what it sent no grant for. */
export function mayIn({room, membership}: Pick<RoomState, 'room' | 'membership'>, grant: Grant): boolean {
  if (room.archivedAt !== undefined && !lasting.has(grant)) return false;
  const {mutedUntil} = membership;
  if (speaking.has(grant) && mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now()) return false;
  // A gateway of the previous release sends no grants. There, everybody may do what their role allows.
  return membership.may?.includes(grant) ?? true;
}

const everything: readonly Right[] = ['createPublic', 'createPrivate', 'direct', 'directory', 'rename'];

/** What the user may do outside rooms. A gateway of the previous release does not say, and refuses what is not allowed. */
export function rightsIn({may = [...everything]}: Calls['session:start']['result']): readonly Right[] {
  return may;
}
