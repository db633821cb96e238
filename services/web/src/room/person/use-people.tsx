import type {Message, RoomSnapshot} from '@madang/client/client';
import {lazy, Suspense, useMemo, useState, type ReactNode} from 'react';
import type {Partner} from '../../chat/new-whisper.ts';
import type {ConversationActions} from '../composer/intent.ts';

const PersonCard = lazy(() => import('./person-card.tsx'));
const ReportDialog = lazy(() => import('./report-dialog.tsx'));

type Opened = {person: Partner; anchor: HTMLElement; no: number};

/** The card of one person, which opens beside their name, and the report of a message. One of each serves a conversation. */
export function usePeople(view: RoomSnapshot): {
  actions: Pick<ConversationActions, 'showPerson' | 'report'>;
  /** What is open. */
  popup: ReactNode;
} {
  const [opened, setOpened] = useState<Opened>();
  const [reported, setReported] = useState<Message>();
  const actions = useMemo(
    () => ({
      showPerson: (person: Partner, anchor: HTMLElement) =>
        setOpened((before) => ({person, anchor, no: (before?.no ?? 0) + 1})),
      report: setReported,
    }),
    [],
  );
  const popup = (
    <Suspense>
      {opened && <PersonCard key={opened.no} view={view} {...opened} onClose={() => setOpened(undefined)} />}
      {reported && <ReportDialog message={reported} onClose={() => setReported(undefined)} />}
    </Suspense>
  );
  return {actions, popup};
}
