import {clsx} from 'clsx';
import type {CSSProperties, ReactNode} from 'react';
import styles from './person.module.css';

/** Returns a person's display name, else the name they sign in with. */
export function nameOf({name, displayName}: {name: string; displayName?: string | undefined}): string {
  return displayName ?? name;
}

const inColor = (color: string) => ({'--person': color}) as CSSProperties;

type DiscProps = {
  name: string;
  color: string;
  size?: 'small' | 'large';
  isOnline?: boolean | undefined;
  /** Online, but not there. */
  isAway?: boolean | undefined;
};

/** A person's initial in their colour. It adds nothing to the name beside it. */
export function Disc({name, color, size = 'small', isOnline, isAway}: DiscProps) {
  const [first = '?'] = Array.from(name);
  return (
    <span className={clsx(styles.disc, styles[size])} style={inColor(color)} aria-hidden>
      {/* An image, not text: text would become part of the accessible name of a button around it. */}
      <span className={styles.initial} data-initial={first.toUpperCase()} />
      {isOnline === true && <span className={styles.dot} data-away={isAway || undefined} />}
    </span>
  );
}

/** A name in its person's colour, as light or dark as the theme needs for contrast. */
export function ColoredName({color, children}: {color: string; children: ReactNode}) {
  return (
    <bdi className={styles.name} style={inColor(color)}>
      {children}
    </bdi>
  );
}
