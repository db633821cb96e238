import {CircleAlert} from 'lucide-react';
import type {ReactNode} from 'react';
import styles from './alert.module.css';

/** Says what failed, at the place where it failed. */
export function Alert({children}: {children: ReactNode}) {
  return (
    <p role="alert" className={styles.alert}>
      <CircleAlert size={18} aria-hidden />
      <span>{children}</span>
    </p>
  );
}
