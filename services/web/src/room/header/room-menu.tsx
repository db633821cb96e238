import type {RoomSnapshot} from '@madang/client/client';
import {useMay} from '@madang/react';
import {Ellipsis} from 'lucide-react';
import {lazy, Suspense, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {may} from '../../chat/may.ts';
import {doSoon} from '../../chat/undo.ts';
import {iconButton} from '../../ui/button.tsx';
import {MenuButton} from '../../ui/menu-button.tsx';
import type {MenuEntry} from '../../ui/menu-entries.ts';

import {usePrefEntries} from './use-pref-entries.ts';

const AddPeopleDialog = lazy(() => import('../people/add-people-dialog.tsx'));
const InvitesDialog = lazy(() => import('./invites-dialog.tsx'));
const SectionDialog = lazy(() => import('./section-dialog.tsx'));
const SettingsDialog = lazy(() => import('./settings-dialog.tsx'));

type RoomMenuProps = {view: RoomSnapshot; onPins: () => void; onSearch: () => void};

/** Actions on the room as a whole. */
export function RoomMenu({view, onPins, onSearch}: RoomMenuProps) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const [dialog, setDialog] = useState<'settings' | 'add' | 'invites' | 'section'>();
  const {room} = view;
  // The people are found in the directory.
  const hasDirectory = useMay('directory');
  const mayAdd = may(room.id, 'add') && room.visibility === 'private' && hasDirectory;
  const prefs = usePrefEntries(view);
  const leave = () => {
    doSoon({kind: 'leave', roomId: room.id, title: room.title});
    navigate('/lobby');
  };

  const offered: (MenuEntry | false)[] = [
    mayAdd && {
      kind: 'action',
      label: t('room.addPeople'),
      act: () => setDialog('add'),
      opensDialog: true,
    },
    may(room.id, 'add') &&
      room.kind === 'room' && {
        kind: 'action',
        label: t('invites.open'),
        act: () => setDialog('invites'),
        opensDialog: true,
      },
    may(room.id, 'manage') && {
      kind: 'action',
      label: t('room.settings'),
      act: () => setDialog('settings'),
      opensDialog: true,
    },
    {kind: 'action', label: t('search.open'), act: onSearch, opensDialog: true},
    {kind: 'action', label: t('pins.title'), act: onPins},
    {kind: 'separator'},
    ...prefs,
    {
      kind: 'action',
      label: t('room.section'),
      act: () => setDialog('section'),
      opensDialog: true,
    },
    room.kind === 'room' && {kind: 'separator'},
    room.kind === 'room' && {kind: 'action', label: t('room.leave'), act: leave, isBad: true},
  ];

  return (
    <>
      <MenuButton
        label={t('room.actions')}
        className={iconButton}
        entries={offered.filter((entry) => entry !== false)}
      >
        <Ellipsis size={20} />
      </MenuButton>
      <Suspense>
        {dialog === 'settings' && <SettingsDialog view={view} onClose={() => setDialog(undefined)} />}
        {dialog === 'invites' && <InvitesDialog roomId={room.id} onClose={() => setDialog(undefined)} />}
        {dialog === 'section' && <SectionDialog view={view} onClose={() => setDialog(undefined)} />}
        {dialog === 'add' && <AddPeopleDialog view={view} onClose={() => setDialog(undefined)} />}
      </Suspense>
    </>
  );
}
