import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {chooseLayout, layout, layouts, type Place} from '../ui/layout.ts';
import {Choices} from '../ui/choices.tsx';
import styles from './profile.module.css';

/** How conversations look in this browser. */
export function LayoutSection() {
  const {t} = useTranslation();
  return (
    <section className={styles.section} aria-label={t('profile.layout')}>
      <h2>{t('profile.layout')}</h2>
      <Choice place="room" />
      <Choice place="whisper" />
    </section>
  );
}

function Choice({place}: {place: Place}) {
  const {t} = useTranslation();
  const chosen = useStore(layout, (state) => state[place]);
  return (
    <Choices
      legend={t(`profile.layoutIn.${place}`)}
      options={layouts.map((value) => ({value, label: t(`profile.layouts.${value}`)}))}
      value={chosen}
      choose={(value) => chooseLayout(place, value)}
    />
  );
}
