import type {Frame, Message} from '@madang/client/client';
import {useEffect, useState} from 'react';
import {client} from '../../chat/client.ts';

/** A room has no more pins than that. */
const maxPins = 50;

/** Reads what is pinned in a room, and again after each change that may be one of the pins. */
export function usePins(roomId: string): {pins: readonly Message[] | undefined; error: unknown} {
  const [pins, setPins] = useState<readonly Message[]>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    let isGone = false;
    let shown = new Set<number>();
    const read = () =>
      client.call('message:list', {roomId, pinned: true, limit: maxPins}).then(
        ({messages}) => {
          if (isGone) return;
          shown = new Set(messages.map(({seq}) => seq));
          setPins(messages);
          setError(undefined);
        },
        (failure: unknown) => isGone || setError(failure),
      );
    void read();
    const off = [
      client.on('frame', (frame) => void (concerns(frame, roomId, shown) && read())),
      client.on('status', (status) => void (status === 'online' && read())),
    ];
    return () => {
      isGone = true;
      for (const stop of off) stop();
    };
  }, [roomId]);
  return {pins, error};
}

/** Whether a frame changes a message that is shown as pinned, or pins one. */
function concerns(frame: Frame, roomId: string, shown: ReadonlySet<number>): boolean {
  if (frame.roomId !== roomId) return false;
  return frame.entries.some(({seq, message, annotations}) => {
    const of = seq ?? message?.seq ?? 0;
    return shown.has(of) || annotations?.pinned !== undefined || message?.annotations?.pinned !== undefined;
  });
}
