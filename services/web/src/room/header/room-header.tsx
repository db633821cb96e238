import type {RoomSnapshot} from '@madang/client/client';
import {ArrowLeft, Lock, Search, Users} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {may} from '../../chat/may.ts';
import {isNewWhisper} from '../../chat/new-whisper.ts';
import {people} from '../../chat/people.ts';
import {titleOf, whisperPartner} from '../../chat/room-title.ts';
import {isGeneral} from '../../chat/rooms.ts';
import {StatusLine} from '../../status/status-line.tsx';
import {useLookedUp} from '../../status/use-present.ts';
import {IconButton} from '../../ui/button.tsx';
import {ColoredName} from '../../ui/person.tsx';
import {SignInName} from '../../ui/sign-in-name.tsx';
import {RoomMenu} from './room-menu.tsx';
import styles from './room-header.module.css';

type RoomHeaderProps = {
  view: RoomSnapshot;
  isPeopleShown: boolean;
  onPeople: () => void;
  onPins: () => void;
  isSearchShown: boolean;
  onSearch: () => void;
};

/** The title of a room, its people, and its actions. */
export function RoomHeader(props: RoomHeaderProps) {
  const {view, isPeopleShown, onPeople, onPins, isSearchShown, onSearch} = props;
  const {t} = useTranslation();
  const [, navigate] = useLocation();
  const {room} = view;
  const partner = whisperPartner(room);
  const present = useLookedUp(partner);
  const title = titleOf(room);
  return (
    <header className={styles.header}>
      <IconButton className={styles.back} label={t('back')} onClick={() => navigate('/rooms')}>
        <ArrowLeft size={20} />
      </IconButton>
      <div className={styles.about}>
        <h1 className={styles.title}>
          <span dir="auto" className={styles.name}>
            {partner === undefined ? title : <ColoredName color={partner.color}>{title}</ColoredName>}
          </span>
          {partner !== undefined && <SignInName id={partner.id} shown={title} />}
          {room.locked && <Lock size={14} role="img" aria-label={t('room.locked')} />}
        </h1>
        <p className={styles.presence}>
          <span className={styles.people}>
            <Presence view={view} />
          </span>
          {present !== undefined && <StatusLine user={present} />}
          {room.topic !== undefined && (
            <span dir="auto" className={styles.topic} title={room.topic}>
              {room.topic}
            </span>
          )}
        </p>
      </div>
      {!isNewWhisper(view.id) && (
        <IconButton
          className={styles.search}
          label={t('search.open')}
          aria-pressed={isSearchShown}
          onClick={onSearch}
        >
          <Search size={20} />
        </IconButton>
      )}
      {!isNewWhisper(view.id) && may(view.id, 'members') && (
        <IconButton label={t('people')} aria-pressed={isPeopleShown} onClick={onPeople}>
          <Users size={20} />
        </IconButton>
      )}
      {!isNewWhisper(view.id) && <RoomMenu view={view} onPins={onPins} onSearch={onSearch} />}
    </header>
  );
}

/** The number of people present. In `general`, where everyone is, it is that of the whole cluster. */
function Presence({view}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const everyone = useStore(people);
  const {room, online} = view;
  const partner = whisperPartner(room);
  if (partner !== undefined) {
    const present = everyone.users.get(partner.id);
    const isHere = everyone.users.has(partner.id) || online > 1;
    return `${t('nav.whisper')} · ${isHere && present?.away !== true ? t('room.membersOnline') : t('room.membersAway')}`;
  }
  if (isGeneral(room)) return t('online', {count: everyone.online});
  const count = t('online', {count: online});
  return room.ephemeral ? `${count} · ${t('room.closesWhenEmpty')}` : count;
}
