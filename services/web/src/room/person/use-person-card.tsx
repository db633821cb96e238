import type {RoomSnapshot} from '@madang/client/client';
import {lazy, Suspense, useCallback, useState, type ReactNode} from 'react';
import type {ConversationActions} from '../composer/intent.ts';

const PersonCard = lazy(() => import('./person-card.tsx'));

type Opened = {person: Parameters<ConversationActions['showPerson']>[0]; anchor: HTMLElement; no: number};

/** The card of one person, which opens beside their name. */
export function usePersonCard(view: RoomSnapshot): {
  showPerson: ConversationActions['showPerson'];
  card: ReactNode;
} {
  const [opened, setOpened] = useState<Opened>();
  const showPerson = useCallback<ConversationActions['showPerson']>(
    (person, anchor) => setOpened((before) => ({person, anchor, no: (before?.no ?? 0) + 1})),
    [],
  );
  const card = opened && (
    <Suspense>
      <PersonCard key={opened.no} view={view} {...opened} onClose={() => setOpened(undefined)} />
    </Suspense>
  );
  return {showPerson, card};
}
