import {useTranslation} from 'react-i18next';

/** Shows the time for today and the day for older ones. The full date and time appear on hover. */
export function NotificationTime({time}: {time: string}) {
  const {i18n} = useTranslation();
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  const short = new Intl.DateTimeFormat(
    i18n.language,
    isToday ? {hour: 'numeric', minute: '2-digit'} : {month: 'short', day: 'numeric'},
  );
  const full = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'full', timeStyle: 'medium'});
  return (
    <time dateTime={time} title={full.format(date)}>
      {short.format(date)}
    </time>
  );
}
