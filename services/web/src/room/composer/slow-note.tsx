import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {client} from '../../chat/client.ts';
import {may} from '../../chat/may.ts';
import type {OpenRoom} from '../../chat/rooms.ts';
import styles from './composer.module.css';

/** Returns how many seconds the user has to wait before the next message, in a room that is slow; else 0. */
export function useSlowSeconds({id, room, messages}: OpenRoom): number {
  const {slowSeconds = 0} = room;
  const isSlow = slowSeconds > 0 && !may(id, 'moderate');
  const last = isSlow ? messages.findLast(({sender}) => sender.id === client.user?.id) : undefined;
  const until = last === undefined ? 0 : Date.parse(last.createdAt) + 1_000 * slowSeconds;
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (until <= Date.now()) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [until]);
  // A clock that is behind the server's makes nobody wait for longer than the room says.
  return Math.min(slowSeconds, Math.max(0, Math.ceil((until - now) / 1_000)));
}

export function SlowNote({seconds}: {seconds: number}) {
  const {t} = useTranslation();
  return (
    // Each second would interrupt a screen reader.
    <p className={styles.muted} aria-live="off">
      {t('room.slow', {count: seconds})}
    </p>
  );
}
