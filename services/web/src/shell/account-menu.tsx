import {Menu} from '@base-ui/react/menu';
import {ChevronDown} from 'lucide-react';
import {useTranslation} from 'react-i18next';
import {useLocation} from 'wouter';
import {useStore} from 'zustand';
import {session, signOut} from '../chat/session.ts';
import {chooseLanguage, isLanguage, languages} from '../i18n/i18n.ts';
import {Disc, nameOf} from '../ui/person.tsx';
import {chosenTheme, chooseTheme, themes, type Theme} from '../ui/theme.ts';
import menu from '../ui/menu.module.css';
import styles from './account-menu.module.css';

/** Who one is here, and what concerns oneself: profile, language, appearance, signing out. */
export function AccountMenu() {
  const {t, i18n} = useTranslation();
  const [, navigate] = useLocation();
  const user = useStore(session, (state) => state.user);
  if (user === undefined) return null;

  return (
    <Menu.Root>
      <Menu.Trigger className={styles.trigger} aria-label={`${t('nav.account')}: ${nameOf(user)}`}>
        <Disc name={nameOf(user)} color={user.color} />
        <span className={styles.name}>{nameOf(user)}</span>
        <ChevronDown size={18} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className={menu.positioner} align="start" sideOffset={4}>
          <Menu.Popup className={menu.popup}>
            <Menu.Item className={menu.item} onClick={() => navigate('/profile')}>
              {t('nav.profile')}
            </Menu.Item>
            <Menu.Separator className={menu.separator} />
            <Menu.RadioGroup
              value={i18n.language}
              onValueChange={(tag: string) => isLanguage(tag) && chooseLanguage(tag)}
            >
              <Menu.GroupLabel className={menu.label}>{t('nav.language')}</Menu.GroupLabel>
              {Object.entries(languages).map(([tag, name]) => (
                <Menu.RadioItem key={tag} value={tag} lang={tag} className={menu.item}>
                  {name}
                  <Menu.RadioItemIndicator className={menu.mark}>✓</Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Separator className={menu.separator} />
            <Menu.RadioGroup
              defaultValue={chosenTheme()}
              onValueChange={(theme: Theme) => chooseTheme(theme)}
            >
              <Menu.GroupLabel className={menu.label}>{t('nav.theme')}</Menu.GroupLabel>
              {themes.map((theme) => (
                <Menu.RadioItem key={theme} value={theme} className={menu.item}>
                  {t(`nav.themes.${theme}`)}
                  <Menu.RadioItemIndicator className={menu.mark}>✓</Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            <Menu.Separator className={menu.separator} />
            <Menu.Item className={menu.item} onClick={() => void signOut().catch(() => undefined)}>
              {t('nav.signOut')}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
