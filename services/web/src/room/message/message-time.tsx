import {useTranslation} from 'react-i18next';
import styles from './message.module.css';

/** The time of a message, to the minute. The full date and time appear on hover. */
export function MessageTime({time, isShown}: {time: string; isShown: boolean}) {
  const {i18n} = useTranslation();
  const date = new Date(time);
  const short = new Intl.DateTimeFormat(i18n.language, {hour: 'numeric', minute: '2-digit'});
  const full = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'full', timeStyle: 'medium'});
  return (
    <time className={isShown ? styles.time : styles.timeOnHover} dateTime={time} title={full.format(date)}>
      {short.format(date)}
    </time>
  );
}
