import {ChevronDown} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {session, signOut} from '../chat/session.ts';
import {chooseLanguage, isLanguage, languages} from '../i18n/i18n.ts';
import {MenuButton} from '../ui/menu-button.tsx';
import type {MenuEntry} from '../ui/menu-entries.ts';
import {Disc, nameOf} from '../ui/person.tsx';
import {chooseTheme, theme, themes} from '../ui/theme.ts';
import styles from './account-menu.module.css';

/** The signed-in user, with profile, language, appearance and signing out. */
export function AccountMenu({onShortcuts}: {onShortcuts: () => void}) {
  const {t} = useTranslation();
  const entries = useEntries(onShortcuts);
  const user = useStore(session, (state) => state.user);
  if (user === undefined) return null;
  const name = nameOf(user);
  return (
    <MenuButton
      label={`${t('nav.account')}: ${name}`}
      className={styles.trigger}
      align="start"
      entries={entries}
    >
      <Disc name={name} color={user.color} />
      <span dir="auto" className={styles.name}>
        {name}
      </span>
      <ChevronDown size={18} aria-hidden />
    </MenuButton>
  );
}

function useEntries(onShortcuts: () => void): MenuEntry[] {
  const {t, i18n} = useTranslation();
  const [, navigate] = useLocation();
  const {chosen} = useStore(theme);
  return [
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
