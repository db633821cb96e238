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

/** One room of the rail: its icon, and its title, bold while something is unread. The number is of what is for the user. */
export function RailRoom({view: {id, room, unread, mentions, prefs}}: {view: RoomSnapshot}) {
  const {t} = useTranslation();
  const [isOpen] = useRoute(`${roomAddress(id)}/:seq?`);
  const partner = whisperPartner(room);
  const isOnline = useStore(people, ({users}) => partner !== undefined && users.has(partner.id));
  // A request of a stranger waits without a number.
  const isQuiet = prefs?.level === 'none' || prefs?.request === true;
  const number = partner === undefined ? mentions : isQuiet ? 0 : Math.max(unread, mentions);
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
      <span
        dir="auto"
        className={isQuiet ? styles.quietTitle : unread > 0 ? styles.unreadTitle : styles.title}
      >
        {titleOf(room)}
      </span>
      {partner !== undefined && <SignInName id={partner.id} shown={titleOf(room)} />}
      {number > 0 && (
        <span aria-hidden className={styles.unread}>
          {number > 99 ? '99+' : number}
        </span>
      )}
      {unread > 0 && (
        <span className="visually-hidden">
          {unread > 99 ? t('nav.unreadMany') : t('nav.unread', {count: unread})}
        </span>
      )}
      {mentions > 0 && <span className="visually-hidden">{t('nav.mentions', {count: mentions})}</span>}
    </Link>
  );
}
