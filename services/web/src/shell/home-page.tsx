import {useRooms, useStatus} from '@madang/react';
import {Redirect} from 'wouter';
import {isGeneral} from '../chat/rooms.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {roomAddress} from './room-address.ts';

/** The start page: `general` for its members, and the lobby for others. */
export function HomePage() {
  const {isReady} = useStatus();
  const general = useRooms().find(({room}) => isGeneral(room));
  if (general !== undefined) return <Redirect to={roomAddress(general.id)} replace />;
  if (isReady) return <Redirect to="/lobby" replace />;
  return <LateSkeleton />;
}
