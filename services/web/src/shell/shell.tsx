import type {ReactNode} from 'react';
import {useTranslation} from 'react-i18next';
import {ConnectionBar} from './connection-bar.tsx';
import {Rail} from './rail.tsx';
import styles from './shell.module.css';

/**
 * What surrounds every page of the signed-in: the rail with the rooms, and the page.
 *
 * On a phone they are one column, of which `view` says what is in front.
 */
export function Shell({view, children}: {view: 'list' | 'page'; children?: ReactNode}) {
  const {t} = useTranslation();
  return (
    <div className={styles.shell} data-view={view}>
      <a href="#main" className={styles.skip}>
        {t('skip')}
      </a>
      <ConnectionBar />
      <Rail />
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
