import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {away, setAway, setQuiet} from '../chat/availability.ts';
import {session} from '../chat/session.ts';
import type {MenuEntry} from '../ui/menu-entries.ts';
import {useIsAhead} from '../ui/use-is-ahead.ts';
import {endOf} from './endings.ts';

const lengths = ['half', 'hour', 'tomorrow'] as const;

/** What the user tells others of how they can be reached, as entries of their menu. */
export function useAvailabilityEntries(onStatus: () => void): MenuEntry[] {
  const {t, i18n} = useTranslation();
  const user = useStore(session, (state) => state.user);
  const {isAway} = useStore(away);
  const isQuiet = useIsAhead(user?.dndUntil);
  const time = new Intl.DateTimeFormat(i18n.language, {weekday: 'short', hour: 'numeric', minute: '2-digit'});
  // The menu shows what the server keeps. If it refuses, everything stays as it was.
  const choose = (value: string) => {
    const length = lengths.find((one) => one === value);
    void setQuiet(length && endOf(length)).catch(() => undefined);
  };
  return [
    {kind: 'action', label: t('availability.set'), act: onStatus, opensDialog: true},
    {
      kind: 'action',
      label: t(isAway ? 'availability.back' : 'availability.leave'),
      act: () => setAway(!isAway),
    },
    {
      kind: 'choice',
      label: isQuiet
        ? t('availability.quietUntil', {time: time.format(new Date(user!.dndUntil!))})
        : t('availability.quiet'),
      value: isQuiet ? '' : 'off',
      choose,
      options: ['off' as const, ...lengths].map((value) => ({
        value,
        label: t(`availability.quietFor.${value}`),
      })),
    },
  ];
}
