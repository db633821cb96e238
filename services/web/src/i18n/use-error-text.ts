import {useTranslation} from 'react-i18next';
import {errorTextOf} from './error-text.ts';

type Special = Parameters<typeof errorTextOf>[1];

/** Describes a failure in the current language. */
export function useErrorText(): (error: unknown, special?: Special) => string {
  const {t, i18n} = useTranslation();
  return (error, special) => {
    const {key, values} = errorTextOf(error, special);
    if (values === undefined) return t(key as 'error.invalid');
    const format = new Intl.DateTimeFormat(i18n.language, {dateStyle: 'medium', timeStyle: 'short'});
    return t('error.muted', {time: format.format(values.time)});
  };
}
