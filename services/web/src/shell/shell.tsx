import {lazy, Suspense, useCallback, useState, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {client} from '../chat/client.ts';
import {PageBoundary} from '../errors/page-boundary.tsx';
import {openSearch as showSearch} from '../room/search/search.ts';
import {ConnectionBar} from './connection-bar.tsx';
import {useHotKeys} from './hot-keys.ts';
import {Rail} from './rail.tsx';
import {isRoomPage, pageOf, roomAddress} from './room-address.ts';
import styles from './shell.module.css';

const JumpDialog = lazy(() => import('./jump-dialog.tsx'));
const ShortcutsDialog = lazy(() => import('./shortcuts-dialog.tsx'));

/**
 * The frame of every page of a signed-in user: the rail with the rooms, and the page.
 *
 * On a phone there is one column, and `view` says which of the two it shows.
 */
export function Shell({view, children}: {view: 'list' | 'page'; children?: ReactNode}) {
  const {t} = useTranslation();
  const [path, navigate] = useLocation();
  const [isJumping, setJumping] = useState(false);
  const [isListed, setListed] = useState(false);
  const openJump = useCallback(() => setJumping(true), []);
  const openShortcuts = useCallback(() => setListed(true), []);
  // The panel is beside a conversation. Elsewhere the latest room is opened for it.
  const isInRoom = isRoomPage(path);
  const openSearch = useCallback(
    (query?: string) => {
      const isForAll = query !== undefined || !isInRoom;
      showSearch({...(query !== undefined && {query}), ...(isForAll && {scope: 'all' as const})});
      const [latest] = client.stores.rooms.snapshot();
      if (!isInRoom && latest !== undefined) navigate(roomAddress(latest.id));
    },
    [isInRoom, navigate],
  );
  useHotKeys({openJump, openShortcuts, openSearch});
  return (
    <div className={styles.shell} data-view={view}>
      <a href="#main" className={styles.skip}>
        {t('skip')}
      </a>
      <ConnectionBar />
      <Rail onJump={openJump} onShortcuts={openShortcuts} />
      <main id="main" className={styles.main} tabIndex={-1}>
        <PageBoundary key={pageOf(path)}>{children}</PageBoundary>
      </main>
      <Suspense>
        {isJumping && <JumpDialog onClose={() => setJumping(false)} onSearch={openSearch} />}
        {isListed && <ShortcutsDialog onClose={() => setListed(false)} />}
      </Suspense>
    </div>
  );
}
