import {useTranslation} from 'react-i18next';
import styles from './entry.module.css';

export function Brand() {
  const {t} = useTranslation();
  return (
    <p className={styles.brand}>
      <img src="/favicon.svg" alt="" width={32} height={32} />
      {t('product')}
    </p>
  );
}
