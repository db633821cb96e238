import {ChevronDown} from 'lucide-react';
import {lazy, Suspense, useState} from 'react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {session, signOut} from '../chat/session.ts';
import {chooseLanguage, isLanguage, languages} from '../i18n/i18n.ts';
import {StatusLine} from '../status/status-line.tsx';
import {useAvailabilityEntries} from '../status/use-availability-entries.ts';
import {MenuButton} from '../ui/menu-button.tsx';
import type {MenuEntry} from '../ui/menu-entries.ts';
import {Disc, nameOf} from '../ui/person.tsx';
import {chooseTheme, theme, themes} from '../ui/theme.ts';
import styles from './account-menu.module.css';

const StatusDialog = lazy(() => import('../status/status-dialog.tsx'));

/** The signed-in user, with status, profile, language, appearance and signing out. */
export function AccountMenu({onShortcuts}: {onShortcuts: () => void}) {
  const {t} = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const entries = useEntries(onShortcuts, () => setAsking(true));
  const user = useStore(session, (state) => state.user);
  if (user === undefined) return null;
  const name = nameOf(user);
  return (
    <>
      <MenuButton
        label={`${t('nav.account')}: ${name}`}
        className={styles.trigger}
        align="start"
        entries={entries}
      >
        <Disc name={name} color={user.color} />
        <span className={styles.who}>
          <span dir="auto" className={styles.name}>
            {name}
          </span>
          <StatusLine user={user} />
        </span>
        <ChevronDown size={18} aria-hidden />
      </MenuButton>
      <Suspense>
        {isAsking && <StatusDialog status={user.status} onClose={() => setAsking(false)} />}
      </Suspense>
    </>
  );
}

function useEntries(onShortcuts: () => void, onStatus: () => void): MenuEntry[] {
  const {t, i18n} = useTranslation();
  const [, navigate] = useLocation();
  const {chosen} = useStore(theme);
  const availability = useAvailabilityEntries(onStatus);
  return [
    ...availability,
    {kind: 'separator'},
    {kind: 'action', label: t('nav.profile'), act: () => navigate('/profile')},
    {kind: 'action', label: t('nav.shortcuts'), act: onShortcuts, opensDialog: true},
    {kind: 'separator'},
    {
      kind: 'choice',
      label: t('nav.language'),
      value: i18n.language,
      choose: (tag) => isLanguage(tag) && chooseLanguage(tag),
      options: Object.entries(languages).map(([value, label]) => ({value, label, lang: value})),
    },
    {kind: 'separator'},
    {
      kind: 'choice',
      label: t('nav.theme'),
      value: chosen,
      choose: (value) => chooseTheme(themes.find((name) => name === value) ?? 'system'),
      options: themes.map((value) => ({value, label: t(`nav.themes.${value}`)})),
    },
    {kind: 'separator'},
    {kind: 'action', label: t('nav.signOut'), act: () => void signOut().catch(() => undefined)},
  ];
}
