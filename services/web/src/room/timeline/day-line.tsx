import {useTranslation} from 'react-i18next';
import styles from './row.module.css';

/** The day on which the messages below were sent. */
export function DayLine({time}: {time: string}) {
  const {t, i18n} = useTranslation();
  const date = new Date(time);
  const daysAgo = Math.round((startOfDay(new Date()) - startOfDay(date)) / 86_400_000);
  const named = daysAgo === 0 ? t('room.today') : daysAgo === 1 ? t('room.yesterday') : undefined;
  const year = date.getFullYear() === new Date().getFullYear() ? {} : {year: 'numeric' as const};
  const format = new Intl.DateTimeFormat(i18n.language, {
    month: 'long',
    day: 'numeric',
    weekday: 'long',
    ...year,
  });
  return (
    <p className={styles.day}>
      <time dateTime={time}>{named ?? format.format(date)}</time>
    </p>
  );
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
