import {useTranslation} from 'react-i18next';
import {useStore} from 'zustand';
import {chooseLayout, layout, layouts, type Place} from '../ui/layout.ts';
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
    <fieldset className={styles.choices}>
      <legend>{t(`profile.layoutIn.${place}`)}</legend>
      {layouts.map((one) => (
        <label key={one} className={styles.choice}>
          <input
            type="radio"
            name={`layout-${place}`}
            checked={one === chosen}
            onChange={() => chooseLayout(place, one)}
          />
          {t(`profile.layouts.${one}`)}
        </label>
      ))}
    </fieldset>
  );
}
