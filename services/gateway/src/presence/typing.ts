import type {User} from '@madang/protocol/users';
import type {Broadcast} from '../broadcast.ts';

/** Typing ends this long after its last event, also when the one who typed has vanished. */
const endMs = 6_000;
/** How often others are told that someone goes on typing; under `endMs`, since receivers count it, too. */
const renewMs = 2_000;
/** After telling something, the next change waits this long, so that nobody can make a room flicker. */
const quietMs = 500;
/** At most this many people typing through one node are followed; beyond it, typing is what is missed least. */
const maxTypists = 10_000;

type Place = {roomId: string; user: User; connectionId: string};
type Typist = {
  isTyping: boolean;
  told: boolean;
  toldAt: number;
  endTimer?: NodeJS.Timeout;
  quietTimer?: NodeJS.Timeout;
};

/** Who is typing where, told to the others in the room. */
export type Typing = {
  set(place: Place, isTyping: boolean): void;
  close(): void;
};

/** Makes the typing of one node's users: told when it begins, every two seconds while it goes on, and when it ends. */
export function createTyping({broadcast}: {broadcast: Pick<Broadcast, 'emit'>}): Typing {
  const typists = new Map<string, Typist>();

  function tell(key: string, typist: Typist, {roomId, user, connectionId}: Place): void {
    const now = performance.now();
    const isNews = typist.isTyping !== typist.told || (typist.isTyping && now - typist.toldAt >= renewMs);
    if (!isNews || typist.quietTimer) return;
    typist.told = typist.isTyping;
    typist.toldAt = now;
    typist.quietTimer = setTimeout(() => {
      typist.quietTimer = undefined;
      if (typist.isTyping !== typist.told) return tell(key, typist, {roomId, user, connectionId});
      if (!typist.isTyping) typists.delete(key);
    }, quietMs).unref();
    broadcast.emit({room: roomId}, 'room:typing', {roomId, user, typing: typist.isTyping}, connectionId);
  }

  function set(place: Place, isTyping: boolean): void {
    const key = `${place.roomId}:${place.user.id}`;
    const typist = typists.get(key) ?? {isTyping: false, told: false, toldAt: 0};
    if (!typists.has(key)) {
      if (!isTyping || typists.size >= maxTypists) return;
      typists.set(key, typist);
    }
    clearTimeout(typist.endTimer);
    typist.isTyping = isTyping;
    if (isTyping) typist.endTimer = setTimeout(() => set(place, false), endMs).unref();
    tell(key, typist, place);
  }

  return {
    set,

    close() {
      for (const {endTimer, quietTimer} of typists.values()) {
        clearTimeout(endTimer);
        clearTimeout(quietTimer);
      }
      typists.clear();
    },
  };
}
