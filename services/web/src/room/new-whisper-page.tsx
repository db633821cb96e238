import type {User} from '@madang/client/client';
import {useMay, useRooms, useStatus} from '@madang/react';
import {useEffect, useMemo, useState} from 'react';
import {Redirect, useLocation} from 'wouter';
import {useHistoryState} from 'wouter/use-browser-location';
import {useStore} from 'zustand';
import {isSpokenWith, viewOfNewWhisper, type Partner} from '../chat/new-whisper.ts';
import {personOf} from '../chat/people.ts';
import {session} from '../chat/session.ts';
import {openWhisper} from '../chat/whisper.ts';
import {roomAddress} from '../shell/room-address.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {Conversation} from './conversation.tsx';
import {RefusedEntry} from './refused-entry.tsx';

/** The page on which a whisper begins. Its first message leads to the room that it opens. */
export default function NewWhisperPage({userId}: {userId: string}) {
  const me = useStore(session, ({user}) => user);
  const mayBegin = useMay('direct');
  const {isReady} = useStatus();
  const begun = useRooms().find((view) => isSpokenWith(view, userId));
  const told = useHistoryState<{partner?: Partner} | null>()?.partner;
  const partner: Partner | undefined = personOf(userId) ?? (told?.id === userId ? told : undefined);

  if (begun !== undefined) return <Redirect to={roomAddress(begun.id)} replace />;
  if (!isReady || me === undefined) return <LateSkeleton />;
  if (partner === undefined || !mayBegin) return <Unknown userId={userId} />;
  return <Begin me={me} partner={partner} />;
}

function Begin({me, partner}: {me: User; partner: Partner}) {
  // Memoized, because otherwise every change would render all rows again.
  const view = useMemo(() => viewOfNewWhisper(me, partner), [me, partner]);
  return <Conversation view={view} />;
}

/** If this page does not know the person, the room's state does. A user who may not begin a whisper sees the reason. */
function Unknown({userId}: {userId: string}) {
  const [, navigate] = useLocation();
  const [error, setError] = useState<unknown>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    setError(undefined);
    openWhisper(userId).then((id) => navigate(roomAddress(id), {replace: true}), setError);
  }, [userId, navigate, tries]);
  if (error === undefined) return <LateSkeleton />;
  return <RefusedEntry error={error} onRetry={() => setTries(tries + 1)} />;
}
