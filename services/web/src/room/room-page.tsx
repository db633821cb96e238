import {useRoom, useStatus} from '@madang/react';
import {useEffect} from 'react';
import {useStore} from 'zustand';
import {ended, forgetEnded} from '../chat/ended.ts';
import {acts, leavingOf, takeBack} from '../chat/undo.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {Conversation} from './conversation.tsx';
import {Door} from './door.tsx';
import {EndedRoom} from './ended-room.tsx';

/** The page of one room, opened at a message if one is given: the conversation for members, the door for others. */
export default function RoomPage({roomId, seq}: {roomId: string; seq: number | undefined}) {
  const view = useRoom(roomId);
  const reason = useStore(ended, ({byRoom}) => byRoom.get(roomId));
  const {isReady} = useStatus();
  // A user who returns to this address wants to enter. A user whose membership ends while the page is open sees that, and
  // is not taken back in.
  useEffect(() => () => forgetEnded(roomId), [roomId]);
  // Coming back takes back that the user left.
  useEffect(() => {
    const leaving = leavingOf(acts.getState().waiting, roomId);
    if (leaving !== undefined) takeBack(leaving);
  }, [roomId]);

  if (view !== undefined) return <Conversation view={view} seq={seq} />;
  if (!isReady) return <LateSkeleton />;
  if (reason !== undefined) return <EndedRoom roomId={roomId} reason={reason} />;
  return <Door roomId={roomId} />;
}
