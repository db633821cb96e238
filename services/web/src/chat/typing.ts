import type {User} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';
import {isNewWhisper} from './new-whisper.ts';

/** Who is writing in each room. */
export const typing = createStore<{byRoom: ReadonlyMap<string, readonly User[]>}>(() => ({
  byRoom: new Map(),
}));

/** An end may be lost; so nobody is said to write for longer than this without another word of it. */
const endsAfterMs = 7_000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

client.on('room:typing', ({roomId, user, typing: isTyping}) => {
  if (user.id === client.user?.id) return;
  const key = `${roomId} ${user.id}`;
  clearTimeout(timers.get(key));
  timers.delete(key);
  set(roomId, user, isTyping);
  if (isTyping)
    timers.set(
      key,
      setTimeout(() => set(roomId, user, false), endsAfterMs),
    );
});

// Someone whose message arrived is no longer typing it.
client.on('message', ({roomId, sender}) => set(roomId, sender, false));

function set(roomId: string, user: {id: string}, isTyping: boolean): void {
  typing.setState(({byRoom}) => {
    const before = byRoom.get(roomId) ?? [];
    const others = before.filter(({id}) => id !== user.id);
    if (!isTyping && others.length === before.length) return {};
    return {byRoom: new Map(byRoom).set(roomId, isTyping ? [...others, user as User] : others)};
  });
}

/** Tells a room that one writes, no more often than needed to keep it known. */
export function createTypist(roomId: string): {write: () => void; stop: () => void} {
  const againAfterMs = 3_000;
  let toldAt: number | undefined;
  const tell = (isTyping: boolean) =>
    isNewWhisper(roomId) || void client.call('typing:set', {roomId, typing: isTyping}).catch(() => undefined);
  return {
    write() {
      if (toldAt !== undefined && performance.now() - toldAt < againAfterMs) return;
      toldAt = performance.now();
      tell(true);
    },
    stop() {
      if (toldAt === undefined) return;
      toldAt = undefined;
      tell(false);
    },
  };
}
