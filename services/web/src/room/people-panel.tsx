import type {User} from '@madang/client/client';
import {X} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {people} from '../chat/people.ts';
import type {RoomView} from '../chat/rooms.ts';
import {session} from '../chat/session.ts';
import {IconButton} from '../ui/button.tsx';
import {Disc, nameOf} from '../ui/person.tsx';
import styles from './people-panel.module.css';

/** Who is online, beside the conversation. */
export function PeoplePanel({onClose}: {view: RoomView; onClose: () => void}) {
  const {t} = useTranslation();
  const {users, online} = useStore(people);
  const list = [...users.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  return (
    <aside className={styles.panel} aria-label={t('people')}>
      <header className={styles.header}>
        <h2>{t('online', {count: online})}</h2>
        <IconButton label={t('close')} onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      <ul className={styles.list}>
        {list.map((user) => (
          <li key={user.id}>
            <Person user={user} />
          </li>
        ))}
      </ul>
    </aside>
  );
}

function Person({user}: {user: User}) {
  const {t} = useTranslation();
  const me = useStore(session, (state) => state.user?.id);
  return (
    <div className={styles.person}>
      <Disc name={nameOf(user)} color={user.color} isOnline />
      <span className={styles.name}>{nameOf(user)}</span>
      {user.id === me && <span className={styles.mark}>{t('you')}</span>}
    </div>
  );
}
