import {useTranslation} from 'react-i18next';
import styles from './late-skeleton.module.css';

/** Grey lines in the shape of the coming content. They appear only once the wait is long enough to be noticed. */
export function LateSkeleton() {
  const {t} = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('loading')}>
      {[44, 72, 60, 30, 66].map((width) => (
        <span key={width} className={styles.line} style={{width: `${width}%`}} />
      ))}
    </div>
  );
}
