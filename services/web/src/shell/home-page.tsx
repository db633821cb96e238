import {useRooms, useStatus} from '@madang/react';
import {Redirect} from 'wouter';
import {isGeneral} from '../chat/rooms.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {roomAddress} from './room-address.ts';

/** Where one arrives: those who are in `general` there, others in the lobby. */
export function HomePage() {
  const {isReady} = useStatus();
  const general = useRooms().find(({room}) => isGeneral(room));
  if (general !== undefined) return <Redirect to={roomAddress(general.id)} replace />;
  if (isReady) return <Redirect to="/lobby" replace />;
  return <LateSkeleton />;
}
