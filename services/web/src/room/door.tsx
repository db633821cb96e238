import {CallError, type Room} from '@madang/client/client';
import {lazy, Suspense, useCallback, useEffect, useState} from 'react';
import {client} from '../chat/client.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {RefusedEntry} from './refused-entry.tsx';

const PasswordDialog = lazy(() => import('./password-dialog.tsx'));

/**
 * Enters a room of which the user is not a member. A locked room asks for its password first. A room that cannot be entered
 * says why.
 */
export function Door({roomId}: {roomId: string}) {
  const [locked, setLocked] = useState<Room>();
  const [error, setError] = useState<unknown>();

  const knock = useCallback(async () => {
    setError(undefined);
    try {
      const {room} = await client.call('room:get', {roomId});
      // A full room says so before it asks for a password.
      if (isFull(room)) throw new CallError('room_full');
      if (room.locked) return setLocked(room);
      await client.call('room:join', {roomId});
    } catch (caught) {
      // Someone locked it in the meantime.
      const isLocked = caught instanceof CallError && caught.code === 'wrong_password';
      if (isLocked) void knock();
      else setError(caught);
    }
  }, [roomId]);
  useEffect(() => void knock(), [knock]);

  if (error !== undefined) return <RefusedEntry error={error} onRetry={() => void knock()} />;
  if (locked === undefined) return <LateSkeleton />;
  return (
    <Suspense fallback={<LateSkeleton />}>
      <PasswordDialog room={locked} onRefused={setError} />
    </Suspense>
  );
}

function isFull({capacity, memberCount = 0}: Room): boolean {
  return capacity !== undefined && memberCount >= capacity;
}
