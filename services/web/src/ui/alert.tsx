import {CircleAlert} from 'lucide-react';
import type {ReactNode} from 'react';
import styles from './alert.module.css';

/** Tells, where it happened, what did not work. */
export function Alert({children}: {children: ReactNode}) {
  return (
    <p role="alert" className={styles.alert}>
      <CircleAlert size={18} aria-hidden />
      <span>{children}</span>
    </p>
  );
}
