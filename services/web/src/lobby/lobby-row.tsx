import type {Room} from '@madang/client/client';
import {clsx} from 'clsx';
import {Lock} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {Link} from 'wouter';
import {isGeneral} from '../chat/rooms.ts';
import {ColoredName, Disc, nameOf} from '../ui/person.tsx';
import {roomAddress} from '../shell/room-address.ts';
import styles from './lobby.module.css';

type LobbyRowProps = {room: Room; isGone: boolean; isMine: boolean};

/** A public room: its title and owner, whether it can be entered, and how many people are in it. */
export function LobbyRow({room, isGone, isMine}: LobbyRowProps) {
  const {t} = useTranslation();
  const {owner, memberCount = 0, capacity, online = 0, topic} = room;
  const isFull = capacity !== undefined && memberCount >= capacity && !isMine;
  const content = (
    <>
      <Disc name={room.title} color={owner.color} />
      <span className={styles.about}>
        <span className={styles.title}>
          <span dir="auto" className={styles.name}>
            {room.title}
          </span>
          {room.locked && <Lock size={14} role="img" aria-label={t('room.locked')} />}
          {!room.locked && <span className="visually-hidden">{t('room.open')}</span>}
        </span>
        <span className={styles.details}>
          {!isGeneral(room) && <ColoredName color={owner.color}>{nameOf(owner)}</ColoredName>}
          {online > 0 && <span className={styles.now}>{t('lobby.now', {count: online})}</span>}
        </span>
        {topic !== undefined && (
          <span dir="auto" className={styles.topic}>
            {topic}
          </span>
        )}
      </span>
      <span className={styles.right}>
        {isGone && <span>{t('lobby.closed')}</span>}
        {isFull && !isGone && <span className={styles.full}>{t('lobby.full')}</span>}
        <Fill count={memberCount} capacity={capacity} />
      </span>
    </>
  );
  if (isGone) return <span className={clsx(styles.row, styles.gone)}>{content}</span>;
  return (
    <Link href={roomAddress(room.id)} className={styles.row}>
      {content}
    </Link>
  );
}

/** The number of people in it, and its capacity. */
function Fill({count, capacity}: {count: number; capacity: number | undefined}) {
  if (capacity === undefined) return <span className={styles.count}>{count}</span>;
  return (
    <span className={styles.count}>
      {count}/{capacity}
      <span className={styles.track} aria-hidden>
        <span className={styles.fill} style={{width: `${Math.min(100, (100 * count) / capacity)}%`}} />
      </span>
    </span>
  );
}
