import {useMay, useStatus} from '@madang/react';
import {Plus} from 'lucide-react';
import {lazy, Suspense, useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {lobby, watchLobby} from '../chat/lobby.ts';
import {PageHeader} from '../shell/page-header.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {Button} from '../ui/button.tsx';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {LobbyList} from './lobby-list.tsx';
import styles from './lobby.module.css';

const CreateRoomDialog = lazy(() => import('./create-room-dialog.tsx'));

/** The public rooms, live. */
export default function LobbyPage() {
  const {t} = useTranslation();
  const {isReady} = useStatus();
  const rooms = useStore(lobby, (state) => state.rooms);
  const mayCreate = useMay('createPublic');
  const [isCreating, setCreating] = useState(false);
  usePageTitle(t('nav.lobby'));
  useEffect(() => (isReady ? watchLobby() : undefined), [isReady]);

  return (
    <div className={styles.page}>
      <PageHeader title={t('nav.lobby')}>
        {mayCreate && (
          <Button look="primary" onClick={() => setCreating(true)}>
            <Plus size={18} aria-hidden />
            {t('create.open')}
          </Button>
        )}
      </PageHeader>
      <div className={styles.body}>
        {rooms === undefined ? <LateSkeleton /> : <LobbyList rooms={rooms} />}
      </div>
      {isCreating && (
        <Suspense>
          <CreateRoomDialog visibility="public" onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </div>
  );
}
