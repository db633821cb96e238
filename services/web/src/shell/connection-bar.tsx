import {useStatus} from '@madang/react';
import {clsx} from 'clsx';
import {useEffect, useState} from 'react';
import {useTranslation} from 'react-i18next';
import styles from './connection-bar.module.css';

const tellAfterMs = 1_000;
const offlineAfterMs = 10_000;
const welcomeMs = 1_000;

type Trouble = 'none' | 'connecting' | 'offline' | 'back';

/** Says that there is no connection. Shows nothing if there is one. */
export function ConnectionBar() {
  const {t} = useTranslation();
  const trouble = useTrouble();
  const text = {
    none: '',
    connecting: t('status.connecting'),
    offline: t('status.offline'),
    back: t('status.online'),
  };
  return (
    <div role="status" className={clsx(styles.bar, styles[trouble])}>
      {trouble !== 'none' && <span>{text[trouble]}</span>}
    </div>
  );
}

function useTrouble(): Trouble {
  const isOnline = useStatus().status === 'online';
  const [trouble, setTrouble] = useState<Trouble>('none');
  useEffect(() => {
    if (isOnline) {
      setTrouble((before) => (before === 'none' ? 'none' : 'back'));
      const timer = setTimeout(() => setTrouble('none'), welcomeMs);
      return () => clearTimeout(timer);
    }
    const timers = [
      setTimeout(() => setTrouble('connecting'), tellAfterMs),
      setTimeout(() => setTrouble('offline'), offlineAfterMs),
    ];
    return () => timers.forEach(clearTimeout);
  }, [isOnline]);
  return trouble;
}
