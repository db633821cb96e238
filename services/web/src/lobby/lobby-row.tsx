import type {Room} from '@madang/client/client';
import {Lock} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link} from 'wouter';
import {isGeneral} from '../chat/rooms.ts';
import {ColoredName, Disc, nameOf} from '../ui/person.tsx';
import styles from './lobby.module.css';

/** A public room: what it is called, whose it is, whether one can enter, and how many are in it. */
export function LobbyRow({room}: {room: Room}) {
  const {t} = useTranslation();
  const {owner, memberCount = 0, capacity} = room;
  return (
    <Link href={`/rooms/${room.id}`} className={styles.row}>
      <Disc name={room.title} color={owner.color} />
      <span className={styles.about}>
        <span className={styles.title}>
          {room.title}
          {room.locked && <Lock size={14} role="img" aria-label={t('room.locked')} />}
        </span>
        {!isGeneral(room) && <ColoredName color={owner.color}>{nameOf(owner)}</ColoredName>}
      </span>
      <span className={styles.count}>
        {capacity === undefined ? memberCount : `${memberCount}/${capacity}`}
      </span>
    </Link>
  );
}
