import type {LeaveReason} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** Why the user is no longer in a room. Kept until the room is entered again or left behind. */
export const ended = createStore<{byRoom: ReadonlyMap<string, LeaveReason>}>(() => ({byRoom: new Map()}));

client.on('room:left', ({roomId, reason}) => {
  ended.setState(({byRoom}) => ({byRoom: new Map(byRoom).set(roomId, reason)}));
});

export function forgetEnded(roomId: string): void {
  const byRoom = new Map(ended.getState().byRoom);
  if (byRoom.delete(roomId)) ended.setState({byRoom});
}
