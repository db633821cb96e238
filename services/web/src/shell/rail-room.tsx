import type {RoomSnapshot} from '@madang/client/client';
import {Hash, Lock, Users} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link, useRoute} from 'wouter';
import {useStore} from 'zustand';
import {people} from '../chat/people.ts';
import {titleOf, whisperPartner} from '../chat/room-title.ts';
import {Disc} from '../ui/person.tsx';
import {SignInName} from '../ui/sign-in-name.tsx';
import {roomAddress} from './room-address.ts';
import styles from './rail.module.css';

/** One room of the rail: its icon, its title and its unread messages. */
export function RailRoom({view: {id, room, unread}}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const [isOpen] = useRoute(`${roomAddress(id)}/:seq?`);
  const partner = whisperPartner(room);
  const isOnline = useStore(people, ({users}) => partner !== undefined && users.has(partner.id));
  const Sign = room.locked ? Lock : room.visibility === 'private' ? Users : Hash;
  return (
    <Link href={roomAddress(id)} className={styles.entry} aria-current={isOpen ? 'page' : undefined}>
      {partner === undefined ? (
        <span className={styles.sign} aria-hidden>
          <Sign size={18} />
        </span>
      ) : (
        <Disc name={titleOf(room)} color={partner.color} isOnline={isOnline} />
      )}
      <span dir="auto" className={unread > 0 ? styles.unreadTitle : styles.title}>
        {titleOf(room)}
      </span>
      {partner !== undefined && <SignInName id={partner.id} shown={titleOf(room)} />}
      {unread > 0 && (
        <span className={styles.unread}>
          <span aria-hidden>{unread > 99 ? '99+' : unread}</span>
          <span className="visually-hidden">
            {unread > 99 ? t('nav.unreadMany') : t('nav.unread', {count: unread})}
          </span>
        </span>
      )}
    </Link>
  );
}
