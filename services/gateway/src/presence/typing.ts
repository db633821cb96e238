import type {User} from '@madang/protocol/users';
import type {Broadcast} from '../broadcast.ts';

/** Typing ends this long after its last event, even if the typist has disconnected. */
const endMs = 6_000;
/** How often others are told that typing continues; less than `endMs`, since receivers also apply it. */
const renewMs = 2_000;
/** After an event, the next change waits this long, so that nobody can make a room flicker. */
const quietMs = 500;
/** The most people whose typing this node tracks; beyond that, losing typing matters least. */
const maxTypists = 10_000;

type Place = {roomId: string; user: User; connectionId: string};
type Typist = {
  isTyping: boolean;
  told: boolean;
  toldAt: number;
  endTimer?: NodeJS.Timeout;
  quietTimer?: NodeJS.Timeout;
};

/** Tracks who is typing in which room, and tells the other members. */
export type Typing = {
  set(place: Place, isTyping: boolean): void;
  close(): void;
};

/** Makes one node's typing tracker: it tells when typing begins, every two seconds during it, and when it ends. */
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
