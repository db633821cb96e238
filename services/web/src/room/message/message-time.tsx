import {clsx} from 'clsx';
import {useTranslation} from 'react-i18next';
import {useLook} from './look.ts';
import styles from './message.module.css';

/** The time of a message, to the minute. The layout says beside which ones it is always shown. */
export function MessageTime({time}: {time: string}) {
  const look = useLook();
  const {i18n} = useTranslation();
  const date = new Date(time);
  const short = new Intl.DateTimeFormat(i18n.language, {hour: 'numeric', minute: '2-digit'});
  const full = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'full', timeStyle: 'medium'});
  return (
    <time className={clsx(styles.time, look['time'])} dateTime={time} title={full.format(date)}>
      {short.format(date)}
    </time>
  );
}
