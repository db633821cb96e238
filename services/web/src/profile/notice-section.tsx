import {useState} from 'react';
import {useTranslation} from 'react-i18next';
import {areNoticesOn, canNotify, switchNotices} from '../chat/desktop-notices.ts';
import {Checkbox} from '../ui/checkbox.tsx';
import styles from './profile.module.css';

/** Desktop notices of whispers, for users who want them. */
export function NoticeSection() {
  const {t} = useTranslation();
  const [isOn, setOn] = useState(areNoticesOn);
  const [isRefused, setRefused] = useState(false);
  if (!canNotify) return null;
  const choose = async (wanted: boolean) => {
    const result = await switchNotices(wanted);
    setOn(result);
    setRefused(wanted && !result);
  };
  return (
    <section className={styles.section} aria-label={t('profile.notices')}>
      <h2>{t('profile.notices')}</h2>
      <Checkbox
        label={t('profile.noticesOn')}
        hint={t('profile.noticesHint')}
        checked={isOn}
        onChange={(event) => void choose(event.target.checked)}
      />
      {isRefused && <p role="status">{t('profile.noticesRefused')}</p>}
    </section>
  );
}
