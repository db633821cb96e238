import type {RoomSnapshot} from '@madang/client/client';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import styles from './composer.module.css';

/** Returns the time until which the user may not write here, or undefined. The mute ends by itself. */
export function useMutedUntil({membership}: RoomSnapshot): Date | undefined {
  const {mutedUntil} = membership;
  const [now, setNow] = useState(Date.now);
  const endsAt = mutedUntil === undefined ? 0 : Date.parse(mutedUntil);
  const isMuted = endsAt > now;
  useEffect(() => {
    if (endsAt <= Date.now()) return setNow(Date.now());
    setNow(Date.now());
    // A timer cannot wait for longer than some weeks. A page is reloaded before that.
    const timer = setTimeout(() => setNow(Date.now()), Math.min(endsAt - Date.now() + 50, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [endsAt]);
  return isMuted ? new Date(endsAt) : undefined;
}

export function MutedNote({until}: {until: Date}) {
  const {t, i18n} = useTranslation();
  const isToday = until.toDateString() === new Date().toDateString();
  const format = new Intl.DateTimeFormat(i18n.language, {
    ...(isToday ? {} : {dateStyle: 'medium'}),
    timeStyle: 'short',
  });
  return (
    <p role="status" className={styles.muted}>
      {t('room.muted', {time: format.format(until)})}
    </p>
  );
}
