import type {Room, RoomSnapshot} from '@madang/client/client';
import {useMay, useRooms} from '@madang/react';
import {DoorOpen, Plus, Search} from 'lucide-react';
import {lazy, Suspense, useState, type ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {Link, useLocation, useRoute} from 'wouter';
import {useStore} from 'zustand';
import {acts, leavingOf} from '../chat/undo.ts';
import {BellButton} from '../notifications/bell-button.tsx';
import {IconButton} from '../ui/button.tsx';
import {AccountMenu} from './account-menu.tsx';
import {RailRoom} from './rail-room.tsx';
import {RailThreads} from './rail-threads.tsx';
import {pageOf, roomAddress} from './room-address.ts';
import styles from './rail.module.css';

const CreateRoomDialog = lazy(() => import('../lobby/create-room-dialog.tsx'));

/** The user's rooms, groups and whispers, the latest first. */
export function Rail({onJump, onShortcuts}: {onJump: () => void; onShortcuts: () => void}) {
  const {t, i18n} = useTranslation();
  const [isLobby] = useRoute('/lobby');
  const [isCreating, setCreating] = useState(false);
  const mayCreate = useMay('createPrivate');
  const mayWhisper = useMay('direct');
  const waiting = useStore(acts, (state) => state.waiting);
  const [path] = useLocation();
  const here = pageOf(path);
  const rooms = useRooms().filter(
    (view) => leavingOf(waiting, view.id) === undefined && (!isHidden(view) || here === roomAddress(view.id)),
  );
  const {sections, open, groups, whispers, requests} = sorted(rooms, i18n.language);

  return (
    <nav className={styles.rail} aria-label={t('nav.label')}>
      <div className={styles.top}>
        <AccountMenu onShortcuts={onShortcuts} />
        <BellButton />
        <IconButton label={t('nav.jump')} onClick={onJump}>
          <Search size={20} />
        </IconButton>
      </div>
      <div className={styles.lists}>
        <Link href="/lobby" className={styles.entry} aria-current={isLobby ? 'page' : undefined}>
          <span className={styles.sign} aria-hidden>
            <DoorOpen size={18} />
          </span>
          <span className={styles.title}>{t('nav.lobby')}</span>
        </Link>
        <RailThreads />
        {sections.map(([name, list]) => (
          <Section key={name} title={name} list={list} />
        ))}
        <Section title={t('nav.rooms')} list={open} />
        <Section title={t('nav.groups')} list={groups} none={t('nav.noGroups')}>
          {mayCreate && (
            <IconButton label={t('create.openGroup')} onClick={() => setCreating(true)}>
              <Plus size={18} />
            </IconButton>
          )}
        </Section>
        {(mayWhisper || whispers.length > 0) && (
          <Section title={t('nav.whispers')} list={whispers} none={t('nav.noWhispers')} />
        )}
        {requests.length > 0 && <Section title={t('nav.requests')} list={requests} />}
      </div>
      {isCreating && (
        <Suspense>
          <CreateRoomDialog visibility="private" onClose={() => setCreating(false)} />
        </Suspense>
      )}
    </nav>
  );
}

/** A hidden room is listed again while something in it is unread. */
function isHidden({prefs, unread, mentions}: RoomSnapshot): boolean {
  return prefs?.hidden === true && unread === 0 && mentions === 0;
}

type SectionProps = {title: string; list: RoomSnapshot[]; none?: string; children?: ReactNode};

function Section({title, list, none, children}: SectionProps) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.heading}>
        <h2>{title}</h2>
        {children}
      </div>
      {list.length === 0 && none !== undefined && <p className={styles.none}>{none}</p>}
      <ul>
        {list.map((view) => (
          <li key={view.id}>
            <RailRoom view={view} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The user's own sections by name, and the rooms that are in none of them. */
function sorted(rooms: readonly RoomSnapshot[], language: string) {
  const all = rooms.filter(({isUnspoken}) => !isUnspoken);
  const requests = all.filter(({prefs}) => prefs?.request === true);
  const spoken = all.filter((view) => !requests.includes(view));
  const others = spoken.filter(({prefs}) => prefs?.section === undefined);
  const of = (isIn: (room: Room) => boolean) => others.filter(({room}) => isIn(room));
  const names = new Set(spoken.flatMap(({prefs}) => prefs?.section ?? []));
  const {compare} = new Intl.Collator(language);
  return {
    sections: [...names]
      .sort(compare)
      .map((name) => [name, spoken.filter(({prefs}) => prefs?.section === name)] as const),
    open: of(({kind, visibility}) => kind === 'room' && visibility === 'public'),
    groups: of(({kind, visibility}) => kind === 'room' && visibility === 'private'),
    whispers: of(({kind}) => kind === 'direct'),
    requests,
  };
}
