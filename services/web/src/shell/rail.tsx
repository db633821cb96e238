import {DoorOpen} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link, useRoute} from 'wouter';
import {useStore} from 'zustand';
import {activeAt, rooms, type RoomView} from '../chat/rooms.ts';
import {AccountMenu} from './account-menu.tsx';
import {RailRoom} from './rail-room.tsx';
import styles from './rail.module.css';

/** The user's rooms, groups and whispers, the latest first. */
export function Rail() {
  const {t} = useTranslation();
  const byId = useStore(rooms, (state) => state.byId);
  const [isLobby] = useRoute('/lobby');
  const {open, groups, whispers} = sorted(byId);

  return (
    <nav className={styles.rail} aria-label={t('nav.label')}>
      <AccountMenu />
      <div className={styles.lists}>
        <Link href="/lobby" className={styles.entry} aria-current={isLobby ? 'page' : undefined}>
          <span className={styles.sign} aria-hidden>
            <DoorOpen size={18} />
          </span>
          <span className={styles.title}>{t('nav.lobby')}</span>
        </Link>
        <Section title={t('nav.rooms')} list={open} />
        <Section title={t('nav.groups')} list={groups} none={t('nav.noGroups')} />
        <Section title={t('nav.whispers')} list={whispers} none={t('nav.noWhispers')} />
      </div>
    </nav>
  );
}

function Section({title, list, none}: {title: string; list: RoomView[]; none?: string}) {
  return (
    <section className={styles.section} aria-label={title}>
      <h2 className={styles.heading}>{title}</h2>
      {list.length === 0 && none !== undefined && <p className={styles.none}>{none}</p>}
      <ul>
        {list.map((room) => (
          <li key={room.id}>
            <RailRoom room={room} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function sorted(byId: ReadonlyMap<string, RoomView>) {
  const all = [...byId.values()].sort((a, b) => activeAt(b).localeCompare(activeAt(a)));
  const of = (isIn: (room: RoomView['state']['room']) => boolean) =>
    all.filter(({state}) => isIn(state.room));
  return {
    open: of(({kind, visibility}) => kind === 'room' && visibility === 'public'),
    groups: of(({kind, visibility}) => kind === 'room' && visibility === 'private'),
    whispers: of(({kind}) => kind === 'direct'),
  };
}
