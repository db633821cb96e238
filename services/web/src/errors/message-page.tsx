import type {ReactNode} from 'react';
import styles from './message-page.module.css';

/** A page that shows one message. */
export function MessagePage({
  picture,
  title,
  lead,
  children,
}: {
  picture: ReactNode;
  title: string;
  lead?: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.page}>
      <div className={styles.picture} aria-hidden>
        {picture}
      </div>
      <h1>{title}</h1>
      {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      {children}
    </div>
  );
}
