import {useEffect, useState} from 'react';
import {client} from '../chat/client.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {RefusedEntry} from './refused-entry.tsx';

/** Tries to enter a room that one is not in, and shows why where it cannot be. */
export function Door({roomId}: {roomId: string}) {
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    void client.call('room:join', {roomId}).catch(setError);
  }, [roomId]);
  return error === undefined ? <LateSkeleton /> : <RefusedEntry error={error} />;
}
