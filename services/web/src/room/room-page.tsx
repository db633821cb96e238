import {useStore} from 'zustand';
import {rooms} from '../chat/rooms.ts';
import {session} from '../chat/session.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {Conversation} from './conversation.tsx';
import {Door} from './door.tsx';

/** The page of one room: the conversation for who is in it, its door for others. */
export default function RoomPage({roomId}: {roomId: string}) {
  const view = useStore(rooms, ({byId}) => byId.get(roomId));
  const isReady = useStore(session, (state) => state.isReady);
  if (view !== undefined) return <Conversation view={view} />;
  return isReady ? <Door roomId={roomId} /> : <LateSkeleton />;
}
