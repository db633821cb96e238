import {client} from './client.ts';
import {isNewWhisper} from './new-whisper.ts';

/** Reports typing to a room, only as often as needed to keep the report valid. */
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
