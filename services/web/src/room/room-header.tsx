import {ArrowLeft, Lock, Users} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {people} from '../chat/people.ts';
import {titleOf} from '../chat/room-title.ts';
import {isGeneral, type RoomView} from '../chat/rooms.ts';
import {IconButton} from '../ui/button.tsx';
import styles from './room-header.module.css';

type RoomHeaderProps = {view: RoomView; isPeopleShown: boolean; onPeople: () => void};

/** The title of a room, who is there, and what can be done with it. */
export function RoomHeader({view, isPeopleShown, onPeople}: RoomHeaderProps) {
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const {room} = view.state;
  return (
    <header className={styles.header}>
      <IconButton className={styles.back} label={t('back')} onClick={() => navigate('/rooms')}>
        <ArrowLeft size={20} />
      </IconButton>
      <div className={styles.about}>
        <h1 className={styles.title}>
          {titleOf(room)}
          {room.locked && <Lock size={14} role="img" aria-label={t('room.locked')} />}
        </h1>
        <p className={styles.presence}>
          <Presence view={view} />
        </p>
      </div>
      <IconButton label={t('people')} aria-pressed={isPeopleShown} onClick={onPeople}>
        <Users size={20} />
      </IconButton>
    </header>
  );
}

/** How many are there: of the whole cluster in `general`, where everyone is. */
function Presence({view}: {view: RoomView}) {
  const {t} = useTranslation();
  const everyone = useStore(people, ({online}) => online);
  const {room, online} = view.state;
  return t('online', {count: isGeneral(room) ? everyone : online});
}
