import type {Message} from '@madang/client/client';
import {useStore} from 'zustand';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** The users whom the user blocks. Another device's changes arrive with the next session. */
export const blocked = createStore<{ids: ReadonlySet<string>}>(() => ({ids: client.blocked}));

client.on('status', () => blocked.setState({ids: client.blocked}));

/** Blocks somebody, or takes that back. */
export async function block(userId: string, on: boolean): Promise<void> {
  await client.block(userId, on);
  blocked.setState({ids: client.blocked});
}

export function useIsBlocked(userId: string): boolean {
  return useStore(blocked, ({ids}) => ids.has(userId));
}

type Said = Pick<Message, 'roomId' | 'sender'>;

/** Whether the message is folded: in rooms, if the user blocks its sender. A blocked user writes no whispers. */
export function isFolded({roomId, sender}: Said, {ids} = blocked.getState()): boolean {
  return ids.has(sender.id) && client.rooms.get(roomId)?.state.room.kind !== 'direct';
}

export function useIsFolded(message: Said): boolean {
  return useStore(blocked, (state) => isFolded(message, state));
}
