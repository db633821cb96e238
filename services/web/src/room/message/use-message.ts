import type {Message} from '@madang/client/client';
import {useEffect, useState, useSyncExternalStore} from 'react';
import {client} from '../../chat/client.ts';

/** Messages that others refer to and that are older than those loaded. */
const fetched = new Map<string, Message>();

/** A message of a room, if it is loaded. */
export function useLoaded(roomId: string, seq: number): Message | undefined {
  const {subscribe, snapshot} = client.stores.messages(roomId);
  return useSyncExternalStore(subscribe, () => findBySeq(snapshot().messages, seq));
}

/** A message of a room. One that is older than those loaded is fetched. */
export function useMessage(roomId: string, seq: number): Message | undefined {
  const loaded = useLoaded(roomId, seq);
  const key = `${roomId} ${seq}`;
  const [, setCount] = useState(0);
  const isMissing = loaded === undefined && !fetched.has(key);
  useEffect(() => {
    if (!isMissing) return;
    void client
      .call('message:list', {roomId, before: seq + 1, limit: 1})
      .then(({messages: [message]}) => {
        if (message?.seq === seq) fetched.set(key, message);
        setCount((count) => count + 1);
      })
      .catch(() => undefined);
  }, [isMissing, roomId, seq, key]);
  return loaded ?? fetched.get(key);
}

/** Sorted by seq, so the half that contains it is known. */
function findBySeq(messages: readonly Message[], seq: number): Message | undefined {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  const found = messages[low];
  return found?.seq === seq ? found : undefined;
}
