import {useTranslation} from 'react-i18next';
import styles from './message.module.css';

/** The minute of a message; the full date and time are told on hover. */
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
