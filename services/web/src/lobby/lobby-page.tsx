import {useEffect} from 'react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {lobby, watchLobby} from '../chat/lobby.ts';
import {session} from '../chat/session.ts';
import {PageHeader} from '../shell/page-header.tsx';
import {usePageTitle} from '../shell/page-title.ts';
import {LateSkeleton} from '../ui/late-skeleton.tsx';
import {LobbyRow} from './lobby-row.tsx';
import styles from './lobby.module.css';

/** The public rooms, live. */
export default function LobbyPage() {
  const {t} = useTranslation();
  const isReady = useStore(session, (state) => state.isReady);
  const rooms = useStore(lobby, (state) => state.rooms);
  usePageTitle(t('nav.lobby'));
  useEffect(() => (isReady ? watchLobby() : undefined), [isReady]);

  return (
    <div className={styles.page}>
      <PageHeader title={t('nav.lobby')} />
      <div className={styles.body}>
        {rooms === undefined ? (
          <LateSkeleton />
        ) : (
          <ul className={styles.list} aria-label={t('nav.rooms')}>
            {rooms.map((room) => (
              <li key={room.id}>
                <LobbyRow room={room} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
